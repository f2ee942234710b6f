import { apiKey, changedTokenSet, type Credential, type CredentialStore, type TokenSet } from "@org/auth-core";
import { credentialToJson } from "@org/auth-core/storage";
import { expect, test } from "vitest";
import { moveLogin, openStorage, probeStore, type Storage } from "../src/source.ts";
import { keep, login, rejection, tempFolder } from "./surroundings.ts";

/** What a store keeps in place of what it is given. */
type Keeps = (given: Credential) => Credential | undefined;

/** The stores of somebody, of which that of files keeps something else than it is given. */
function storageWith(keeps: Keeps): Storage {
  const env = { HOME: tempFolder(), ORG_AUTH_STORE_PASSPHRASE: "canary words" };
  const { rungs, ...storage } = openStorage({ env, kind: "file", isWhole: true });
  const spoilt = rungs.map((rung) => (rung.kind === "file" ? { ...rung, store: keeping(rung.store, keeps) } : rung));
  return { ...storage, home: rungOf(spoilt, "file"), rungs: spoilt };
}

function keeping(store: CredentialStore, keeps: Keeps): CredentialStore {
  return {
    ...store,
    async update(key, change) {
      let given: Credential | undefined;
      await store.update(key, async (current) => {
        given = await change(current);
        return given === undefined || given === current ? given : keeps(given);
      });
      return given;
    },
  };
}

function rungOf(rungs: Storage["rungs"], kind: string) {
  const rung = rungs.find((rung) => rung.kind === kind);
  return rung ?? expect.fail(`there is no ${kind} store`);
}

function secretsOf(credential: Credential | undefined): unknown {
  return credential && credentialToJson(credential);
}

const lossy: readonly (readonly [what: string, keeps: Keeps])[] = [
  ["loses all", () => undefined],
  ["loses the refresh token", (given) => changedTokenSet(given as TokenSet, { refreshToken: undefined })],
  ["cuts the access token", (given) => changedTokenSet(given as TokenSet, { accessToken: "canary" })],
];

test.for(lossy)("F86 a store that %s gets no login moved to it, however often that is tried", async ([, keeps]) => {
  const storage = storageWith(keeps);
  const [source, target] = [rungOf(storage.rungs, "passphrase"), rungOf(storage.rungs, "file")];
  const set = login({ refreshToken: "canary-refresh" });
  const key = await keep(source.store, set);
  for (let time = 0; time < 2; time++) {
    const move = moveLogin(storage, { key, from: "passphrase", to: "file" });
    expect(await rejection(move)).toMatchObject({
      code: "store_unavailable",
      message: "the file store did not give back what it was given",
    });
    expect(secretsOf(await source.store.read(key))).toEqual(secretsOf(set));
    expect(await target.store.read(key)).toBeUndefined(); // It would be found in place of the whole one.
  }
});

test("F86 a copy that was spoilt is written again before the whole one goes", async () => {
  const storage = storageWith((given) => given);
  const [source, target] = [rungOf(storage.rungs, "passphrase"), rungOf(storage.rungs, "file")];
  for (const [profile, whole, spoilt] of [
    ["login", login({ refreshToken: "canary-refresh", obtainedAtMs: 1 }), login({ obtainedAtMs: 1 })],
    ["key", apiKey({ apiKey: "canary-key", keyId: "1" }), apiKey({ apiKey: "canary-k" })],
  ] as const) {
    const key = { issuer: "https://id.example.com", clientId: "app", profile };
    await source.store.update(key, () => whole);
    await target.store.update(key, () => spoilt);
    await moveLogin(storage, { key, from: "passphrase", to: "file" });
    expect(secretsOf(await target.store.read(key))).toEqual(secretsOf(whole));
    expect(await source.store.read(key)).toBeUndefined();
  }
});

const lying: readonly (readonly [what: string, keeps: Keeps])[] = [
  ["loses what it is given", () => undefined],
  ["gives back something else", () => apiKey({ apiKey: "canary-else" })],
];

test.for(lying)("a store that %s is told by its probe, of which nothing stays", async ([, keeps]) => {
  const storage = storageWith(keeps);
  expect(await rejection(probeStore(storage, apiKey({ apiKey: "canary-probe" })))).toMatchObject({
    code: "store_unavailable",
    message: "the file store did not give back what it was given",
  });
  expect(await storage.home.store.list()).toEqual([]);
  await probeStore(
    storageWith((given) => given),
    apiKey({ apiKey: "canary-probe" }),
  );
});
