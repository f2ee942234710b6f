import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { formatKey, tokenSet, type CredentialKey, type TokenSet } from "@org/auth-core";
import { dataFolder, fileStore } from "@org/auth-storage-file";
import { describe, expect, test } from "vitest";
import { keyringSeal, systemKeyring } from "../../packages/storage-keyring/src/index.ts";
import { hasSecretService, testSession, type Session } from "../../packages/storage-keyring/test/secret-service.ts";
import { run, tempHome } from "./org-auth.ts";

const acme: CredentialKey = { issuer: "https://id.acme.example", clientId: "cli", profile: "default" };
const other: CredentialKey = { issuer: "https://id.other.example", clientId: "cli", profile: "default" };

function login({ issuer, clientId }: CredentialKey, accessToken: string, fields: Partial<TokenSet> = {}): TokenSet {
  const server = { issuer, tokenEndpoint: "https://127.0.0.1:1/token", issParameterSupported: false };
  const obtainedAtMs = Date.now();
  const life = { obtainedAtMs, expiresAtMs: obtainedAtMs + 3_600_000 };
  return tokenSet({ server, clientId, accessToken, scopes: [], generation: 0, ...life, ...fields });
}

interface Situation {
  /** Those that are sealed. */
  readonly logins: readonly (readonly [CredentialKey, TokenSet])[];
  /** Those in plain files. */
  readonly plain?: readonly (readonly [CredentialKey, TokenSet])[];
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  /** What happens before a token is wanted. */
  readonly meanwhile?: (session: Session, folder: string) => Promise<void> | void;
  /** What is printed; `undefined`: an error is. */
  readonly token: string | undefined;
}

const sealed = [[acme, login(acme, "acme-token")]] as const;
const both = [...sealed, [other, login(other, "other-token")]] as const;
const fileOf = (folder: string, key: CredentialKey): string => join(folder, "keyring", `${formatKey(key)}.json`);

const situations: Readonly<Record<string, Situation>> = {
  "named by nothing": { logins: sealed, token: "acme-token" },
  "named by the environment": {
    logins: both,
    env: { ORG_AUTH_ISSUER: other.issuer, ORG_AUTH_CLIENT_ID: "cli" },
    token: "other-token",
  },
  "one of two, named by nothing": { logins: both, token: undefined },
  "one of two profiles": {
    logins: [...sealed, [{ ...acme, profile: "work" }, login(acme, "work-token")]],
    args: ["--profile", "work"],
    token: "work-token",
  },
  "in the store that is asked for": { logins: sealed, env: { ORG_AUTH_STORE: "keyring" }, token: "acme-token" },
  "in another store than is asked for": { logins: sealed, env: { ORG_AUTH_STORE: "file" }, token: undefined },
  "beside a plain one of that name": {
    logins: sealed,
    plain: [[acme, login(acme, "plain-token")]],
    token: "plain-token",
  },
  "beside a plain one of another name": {
    logins: sealed,
    plain: [[other, login(other, "plain-token")]],
    token: undefined,
  },
  "that has ended": {
    logins: [[acme, login(acme, "x", { ended: { reason: "invalid_grant", atMs: 0 } })]],
    token: undefined,
  },
  "whose token has expired, and cannot be renewed": {
    logins: [[acme, login(acme, "x", { obtainedAtMs: 0, expiresAtMs: 1 })]],
    token: undefined,
  },
  "whose token is of unknown lifetime": {
    logins: [[acme, login(acme, "opaque", { expiresAtMs: undefined })]],
    token: "opaque",
  },
  "in a file that was changed": {
    logins: sealed,
    meanwhile(_session, folder) {
      const text = readFileSync(fileOf(folder, acme), "utf8");
      writeFileSync(fileOf(folder, acme), text.replace(/("sealed": ".{40})./, "$1#"));
    },
    token: undefined,
  },
  "in a file of another login": {
    logins: both,
    env: { ORG_AUTH_ISSUER: acme.issuer, ORG_AUTH_CLIENT_ID: "cli" },
    meanwhile(_session, folder) {
      copyFileSync(fileOf(folder, other), fileOf(folder, acme));
      const text = readFileSync(fileOf(folder, acme), "utf8");
      writeFileSync(fileOf(folder, acme), text.replace(formatKey(other), formatKey(acme)));
    },
    token: undefined,
  },
  "by a key that is gone": {
    logins: sealed,
    async meanwhile({ env }) {
      await systemKeyring({ env }).deletePassword("org-auth", "seal-key");
    },
    token: undefined,
  },
  "by a key that another has taken the place of": {
    logins: sealed,
    async meanwhile({ env }) {
      const key = Buffer.alloc(32, 7).toString("base64");
      await systemKeyring({ env }).setPassword("org-auth", "seal-key", key);
    },
    token: undefined,
  },
};

describe.skipIf(!hasSecretService())("a login that is sealed with a key in a real keyring (gnome-keyring)", () => {
  for (const [name, { logins, plain = [], env = {}, args = [], meanwhile, token }] of Object.entries(situations)) {
    test(`the short way to a token answers as the whole program does: a sealed login ${name}`, async () => {
      const session = await testSession();
      await session.startKeyring("unlocked");
      const home = tempHome();
      const bus = session.env["DBUS_SESSION_BUS_ADDRESS"];
      const all = { HOME: home, PATH: process.env["PATH"], DBUS_SESSION_BUS_ADDRESS: bus, ...env };
      const folder = dataFolder({ appName: "org-auth", env: all });
      const seal = keyringSeal({ service: "org-auth", keyring: systemKeyring({ env: session.env }) });
      const store = fileStore({ folder, section: "keyring", seal });
      for (const [key, credential] of logins) await store.update(key, () => credential);
      for (const [key, credential] of plain) await fileStore({ folder }).update(key, () => credential);
      await meanwhile?.(session, folder);

      // An option that changes nothing here keeps it off its short way.
      const whole = await run(["token", ...args, "--allow-mixed"], { env: all, folder: home });
      expect(whole.stdout, whole.stderr).toBe(token === undefined ? "" : `${token}\n`);
      expect(await run(["token", ...args], { env: all, folder: home })).toEqual(whole);
    });
  }
});
