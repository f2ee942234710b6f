import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { apiKey, memoryStore, StoreError, type CredentialStore } from "@org/auth-core";
import { expect, test } from "vitest";
import { createClient, type ResolveOptions } from "../src/index.ts";
import { resolve } from "../src/source.ts";
import { keep, login, recordingServer, rejection, tempFolder } from "./surroundings.ts";

const site = { ORG_AUTH_ISSUER: "https://id.example.com", ORG_AUTH_CLIENT_ID: "app" };
const key = { ORG_AUTH_API_KEY: "canary-key" };

interface Witness extends CredentialStore {
  /** What was done to it, in order. */
  readonly calls: readonly string[];
}

/** A store that has a login, and tells what is done to it. */
async function storeWithLogin(profile = "default"): Promise<Witness> {
  const store = memoryStore();
  await keep(store, login(), profile);
  const calls: string[] = [];
  const told =
    <Args extends readonly unknown[], Result>(name: string, work: (...args: Args) => Result) =>
    (...args: Args): Result => {
      calls.push(name);
      return work(...args);
    };
  return {
    calls,
    read: told("read", store.read),
    update: told("update", store.update),
    list: told("list", store.list),
  };
}

/** What a resolution warns of. */
async function warningsOf(options: ResolveOptions): Promise<readonly string[]> {
  const warnings: string[] = [];
  await resolve({ folder: false, ...options, onWarning: (warning) => warnings.push(warning) });
  return warnings;
}

const hidden = (name: string, profile = "default"): string =>
  `${name} is used instead of the login "${profile}"; to use that give --ignore-env (in a program: ignoreEnv)`;

test("a credential of the environment that hides a login is told once for each resolution, by names", async () => {
  const store = await storeWithLogin();
  for (const env of [key, { ...site, ...key }])
    expect(await warningsOf({ env, store })).toEqual([hidden("ORG_AUTH_API_KEY")]);
  const secret = { ...site, ORG_AUTH_CLIENT_SECRET: "canary-secret" };
  expect(await warningsOf({ env: secret, store })).toEqual([hidden("ORG_AUTH_CLIENT_SECRET")]);
  expect(await warningsOf({ env: key, profile: "work", store: await storeWithLogin("work") })).toEqual([
    hidden("ORG_AUTH_API_KEY", "work"),
  ]);
  // By its key: it was not opened.
  expect(new Set(store.calls)).toEqual(new Set(["list"]));
});

test("so is one of a mounted secret, and one of a .env file", async () => {
  const folder = tempFolder();
  writeFileSync(join(folder, "org_auth_api_key"), "canary-key");
  const store = await storeWithLogin();
  const path = join(folder, "org_auth_api_key");
  expect(await warningsOf({ env: { ORG_AUTH_SECRETS_DIR: folder }, store })).toEqual([hidden(path)]);

  const dotenv = join(folder, ".env");
  writeFileSync(dotenv, "ORG_AUTH_API_KEY=canary-key\nORG_AUTH_API_URL=https://api.example.com\n");
  expect(await warningsOf({ env: {}, folder, store })).toEqual([hidden(`ORG_AUTH_API_KEY in ${dotenv}`)]);
});

test("what hides no login is not told", async () => {
  const store = await storeWithLogin();
  const beside = memoryStore();
  const login = { issuer: site.ORG_AUTH_ISSUER, clientId: "app", profile: "default" };
  await beside.update({ ...login, fingerprint: "00" }, () => apiKey({ apiKey: "canary-beside" }));
  const situations: readonly (readonly [why: string, options: ResolveOptions])[] = [
    ["the login itself is used", { env: site, store }],
    ["the environment is not asked", { env: key, ignoreEnv: true, store }],
    ["it was handed over", { apiKey: "canary-argument", env: {}, store }],
    ["it was handed over, past the environment's", { apiKey: "canary-argument", env: key, store }],
    ["nobody is meant", { auth: "none", env: key, store }],
    ["the login is of another profile", { env: key, profile: "work", store }],
    ["the login is of another client", { env: { ...site, ...key, ORG_AUTH_CLIENT_ID: "other" }, store }],
    ["the login is of another issuer", { env: { ...site, ...key, ORG_AUTH_ISSUER: "https://x.example" }, store }],
    ["what is kept is no login", { env: key, store: beside }],
    ["there is none", { env: key, store: memoryStore() }],
  ];
  for (const [why, options] of situations) expect(await warningsOf(options), why).toEqual([]);
});

test("where nobody is told, and where the credential is refused, the store is left alone", async () => {
  const store = await storeWithLogin();
  await resolve({ env: key, folder: false, store });

  const folder = tempFolder();
  writeFileSync(join(folder, ".env"), "ORG_AUTH_API_URL=https://evil.example\n");
  const error = await rejection(warningsOf({ env: key, folder, store }).then(() => undefined));
  expect(error.code).toBe("untrusted_origin");
  expect(store.calls).toEqual([]);
});

test("a store that cannot be listed, or no home for one, keeps nobody from a credential that is not in it", async () => {
  const list = (): Promise<never> => Promise.reject(new StoreError("store_unavailable", "it cannot be listed"));
  expect(await warningsOf({ env: key, store: { ...memoryStore(), list } })).toEqual([]);
  expect(await warningsOf({ env: key })).toEqual([]);
});

test("a client tells it once, however many requests it makes", async () => {
  const api = await recordingServer();
  const warnings: string[] = [];
  const onWarning = (warning: string): void => void warnings.push(warning);
  const client = createClient({
    baseUrl: api.origin,
    env: key,
    folder: false,
    store: await storeWithLogin(),
    onWarning,
  });
  await Promise.all([client.get("a"), client.get("b")]);
  await client.get("c");
  expect(warnings).toEqual([hidden("ORG_AUTH_API_KEY")]);
});
