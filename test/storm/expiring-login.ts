import { join } from "node:path";
import { changedTokenSet, formatKey, type CredentialKey, type TokenSet } from "@org/auth-core";
import { dataFolder, fileStore } from "@org/auth-storage-file";
import type { AuthServerOptions } from "@org/auth-testing";
import { expect } from "vitest";
import { setUp } from "../e2e/org-auth.ts";

/** Someone who is signed in through the real binary, and whose access token can be made to expire. */
export async function expiringLogin(options: AuthServerOptions = {}) {
  const { server, api, person, env, orgAuth, signIn } = await setUp(options);
  const folder = dataFolder({ appName: "org-auth", env });
  const store = fileStore({ folder });
  const key: CredentialKey = { issuer: server.issuer, clientId: server.nativeClientId, profile: "default" };

  async function kept(): Promise<TokenSet> {
    const credential = await store.read(key);
    if (credential?.kind !== "token-set") throw new Error(`the store keeps ${credential?.kind ?? "nothing"}`);
    return credential;
  }

  /** Makes the stored access token one that has ended, as time would, and gives the login as it is then. */
  async function expire(): Promise<TokenSet> {
    const endedAtMs = Date.now() - 1;
    const set = changedTokenSet(await kept(), { obtainedAtMs: endedAtMs - 3_600_000, expiresAtMs: endedAtMs });
    await store.update(key, () => set);
    return set;
  }

  async function signInAgain(): Promise<void> {
    expect(await signIn()).toMatchObject({ status: 0 });
  }

  await signInAgain();
  return {
    server,
    api,
    person,
    env,
    orgAuth,
    signIn,
    store,
    key,
    locks: join(folder, "locks"),
    credentials: join(folder, "credentials"),
    /** The name of the login's file. */
    fileName: `${formatKey(key)}.json`,
    kept,
    expire,
    signInAgain,
  };
}
