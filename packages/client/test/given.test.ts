import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import { explain, memoryStore, StoreError, type CredentialStore, type Step } from "@org/auth-core";
import { dataFolder, fileStore } from "@org/auth-storage-file";
import { expect, test } from "vitest";
import { createClient, defaultProduct, type Environment, type ResolveOptions } from "../src/index.ts";
import { resolve, search } from "../src/source.ts";
import { trust } from "../src/source.ts";
import { jwtSigner } from "./signed-jwt.ts";
import { authServer, keep, login, protectedApi, rejection, signIn, tempFolder } from "./surroundings.ts";

const issuer = "https://id.example.com";
const site = { ORG_AUTH_ISSUER: issuer, ORG_AUTH_CLIENT_ID: "app" };

/** The search of somebody who has this environment, a login, and nothing else. */
async function find(env: Environment, options: Partial<ResolveOptions> = {}) {
  const store = memoryStore();
  await keep(store, login());
  return await resolve({ env, store, folder: false, ...options });
}

const id = "ORG_AUTH_CLIENT_ID";
const at = "ORG_AUTH_ISSUER";

const halves: readonly (readonly [given: readonly string[], missing: readonly string[]])[] = [
  [["CLIENT_SECRET"], [id, at]],
  [["REFRESH_TOKEN"], [id, at]],
  [["PRIVATE_KEY"], [id, at]],
  [["PASSWORD"], ["ORG_AUTH_USERNAME", id, at]],
  [
    ["PASSWORD", "USERNAME"],
    [id, at],
  ],
  [
    ["REFRESH_TOKEN", "CLIENT_SECRET"],
    [id, at],
  ],
  [
    ["REFRESH_TOKEN", "ACCESS_TOKEN"],
    [id, at],
  ],
];

test.for(halves)(
  "4.11-107 B.4-2 half a credential in the environment is told, both halves, and nothing else is used: %j",
  async ([given, missing]) => {
    const env = Object.fromEntries(given.map((name) => [`ORG_AUTH_${name}`, `canary-${name}`]));
    const error = await rejection(find(env));
    expect(error).toMatchObject({ name: "PartialCredentialError", code: "partial_credential", missing });
    expect(error).toHaveProperty("found", expect.arrayContaining([`ORG_AUTH_${given[0] ?? ""}`]));
    for (const name of [...missing, `ORG_AUTH_${given[0] ?? ""}`]) expect(error.message).toContain(name);
  },
);

test("4.11-107 a secret in one place and its client id in another are no credential, in whatever order", async () => {
  const folder = tempFolder();
  writeFileSync(join(folder, "org_auth_client_id"), "app");
  const configured = join(folder, "config.toml");
  writeFileSync(configured, `[sites.one]\nissuer = "${issuer}"\nclient_id = "app"\n`);
  const mounted = tempFolder();
  writeFileSync(join(mounted, "org_auth_refresh_token"), "canary-mounted");

  for (const [env, options, found, missing] of [
    [{ ORG_AUTH_CLIENT_ID: "app", ORG_AUTH_ISSUER: issuer }, { clientSecret: "canary" }, "clientSecret", "clientId"],
    [{ ORG_AUTH_CLIENT_SECRET: "canary" }, { clientId: "app", issuer }, "ORG_AUTH_CLIENT_SECRET", "ORG_AUTH_CLIENT_ID"],
    [
      { ORG_AUTH_CLIENT_SECRET: "canary", ORG_AUTH_ISSUER: issuer, ORG_AUTH_SECRETS_DIR: folder },
      { clientId: "app", issuer },
      "ORG_AUTH_CLIENT_SECRET",
      "ORG_AUTH_CLIENT_ID",
    ],
    [
      { ORG_AUTH_CLIENT_SECRET: "canary", ORG_AUTH_CONFIG: configured },
      {},
      "ORG_AUTH_CLIENT_SECRET",
      "ORG_AUTH_CLIENT_ID",
    ],
    [{ ...site, ORG_AUTH_SECRETS_DIR: mounted }, {}, join(mounted, "org_auth_refresh_token"), "org_auth_client_id"],
  ] as const) {
    const error = await rejection(find(env, options));
    expect(error).toMatchObject({ code: "partial_credential", missing: [missing] });
    expect(error).toHaveProperty("found", expect.arrayContaining([found]));
  }
});

test("4.11-107 allowMixed puts them together, shows where each came from, and warns", async () => {
  const warnings: string[] = [];
  const options = { allowMixed: true, onWarning: (warning: string) => warnings.push(warning) };
  const { found } = await find(site, { ...options, clientSecret: "canary" });
  expect(found).toMatchObject({
    credential: { kind: "client-secret", clientId: "app", issuer },
    provenance: { place: "argument", name: "clientSecret", mixedWith: ["ORG_AUTH_CLIENT_ID"] },
  });
  expect(warnings).toEqual(["what clientSecret holds is used with ORG_AUTH_CLIENT_ID"]);

  const path = join(tempFolder(), "config.toml");
  writeFileSync(path, `[sites.one]\nissuer = "${issuer}"\nclient_id = "app"\n`);
  const configured = await find({ ORG_AUTH_CONFIG: path, ORG_AUTH_CLIENT_SECRET: "canary" }, options);
  expect(configured.found.provenance).toMatchObject({
    name: "ORG_AUTH_CLIENT_SECRET",
    mixedWith: [`sites.one in ${path}`],
  });
  // Whole credentials are not mixed.
  const whole = await find({ ...site, ORG_AUTH_CLIENT_SECRET: "canary" }, options);
  expect(whole.found.provenance).not.toHaveProperty("mixedWith");
});

test("4.11-107 nothing of a .env file is ever mixed, allowed or not, though the file be trusted", async () => {
  const home = tempFolder();
  mkdirSync(join(home, ".config/org-auth"), { recursive: true });
  writeFileSync(join(home, ".config/org-auth/config.toml"), `[sites.one]\nissuer = "${issuer}"\nclient_id = "app"\n`);
  for (const dotenv of ["ORG_AUTH_CLIENT_ID=evil\n", `ORG_AUTH_CLIENT_ID=evil\nORG_AUTH_ISSUER=${issuer}\n`]) {
    const folder = tempFolder();
    writeFileSync(join(folder, ".env"), dotenv);
    await trust(join(folder, ".env"), defaultProduct, { HOME: home });
    for (const [env, options] of [
      [{}, { clientSecret: "canary" }],
      [{ ORG_AUTH_CLIENT_SECRET: "canary" }, {}],
    ]) {
      const found = await rejection(find({ HOME: home, ...env }, { ...options, folder, allowMixed: true }));
      expect(found).toMatchObject({ code: "partial_credential" });
      expect(inspect(found)).not.toContain("evil");
    }
  }
});

const { jwt } = jwtSigner();
const own = { iss: issuer, client_id: "app" };

const unusable: readonly (readonly [what: string, token: string, why: RegExp])[] = [
  ["has ended", jwt({ ...own, exp: 1 }), /in ORG_AUTH_ACCESS_TOKEN ended at 1970-01-01T00:00:01\.000Z$/],
  ["is another client's", jwt({ ...own, client_id: "other" }), /belongs to another client$/],
  ["is another client's, by azp", jwt({ iss: issuer, azp: "other" }), /belongs to another client$/],
  ["is another issuer's", jwt({ ...own, iss: "https://other.example.com" }), /was issued by another server$/],
];

test.for(unusable)(
  "B.3-6 4.11-108 an access token that %s is not sent, and its variable is named",
  async ([, token, why]) => {
    const error = await rejection(find({ ...site, ORG_AUTH_ACCESS_TOKEN: token }));
    expect(error).toMatchObject({ code: "config_invalid", message: expect.stringMatching(why) });
    expect(error.message).not.toContain(token);
  },
);

test("B.3-6 4.11-108 an access token of another client than the site's is not sent, wherever that is named", async () => {
  const token = jwt({ iss: issuer, azp: "other" });
  const path = join(tempFolder(), "config.toml");
  writeFileSync(path, `[sites.one]\nissuer = "${issuer}"\nclient_id = "app"\n`);
  for (const [env, options] of [
    [{}, { clientId: "app", issuer }],
    [{ ORG_AUTH_CONFIG: path }, {}],
  ] as const) {
    const error = await rejection(find({ ...env, ORG_AUTH_ACCESS_TOKEN: token }, options));
    expect(error).toMatchObject({
      code: "config_invalid",
      message: expect.stringMatching(/belongs to another client$/),
    });
  }
});

test("an API key that is a JWT says when it ends; one that has ended is sent all the same, with a warning", async () => {
  for (const [exp, told] of [
    [1, [expect.stringMatching(/^the API key in ORG_AUTH_API_KEY ended at 1970-01-01T00:00:01\.000Z/)]],
    [4_000_000_000, []],
  ] as const) {
    const warnings: string[] = [];
    const env = { ORG_AUTH_API_KEY: jwt({ exp }) };
    const { source } = await find(env, { onWarning: (warning) => warnings.push(warning), store: memoryStore() });
    expect(await source.getToken()).toMatchObject({ expiresAtMs: exp * 1000 });
    expect(warnings).toEqual(told);
  }

  const folder = tempFolder();
  writeFileSync(
    join(folder, ".env"),
    `ORG_AUTH_API_KEY=${jwt({ exp: 1 })}\nORG_AUTH_API_URL=https://api.example.com\n`,
  );
  const { source } = await find({}, { folder, store: memoryStore() });
  expect(await source.getToken()).toMatchObject({ expiresAtMs: 1000 });
});

test("B.5-3 a password is deprecated, which one warning says by the name of what holds it", async () => {
  for (const [env, options, name] of [
    [{ ...site, ORG_AUTH_USERNAME: "ana", ORG_AUTH_PASSWORD: "canary" }, {}, "ORG_AUTH_PASSWORD"],
    [{}, { issuer, clientId: "app", username: "ana", password: "canary" }, "password"],
  ] as const) {
    const warnings: string[] = [];
    await find(env, { ...options, store: memoryStore(), onWarning: (warning) => warnings.push(warning) });
    expect(warnings).toEqual([expect.stringMatching(`^signing in with a password, as ${name} has it, is deprecated`)]);
  }
});

const usable: Readonly<Record<string, string>> = {
  "is this client's and lives": jwt(own),
  "does not say whose it is": jwt({}),
  "has no end": jwt({ ...own, exp: undefined }),
  "cannot be read": "canary-opaque",
  "is only like a JWT": "canary.canary.canary",
};

test.for(Object.entries(usable))("4.11-108 an access token that %s is used", async ([, token]) => {
  const { found, source } = await find({ ...site, ORG_AUTH_ACCESS_TOKEN: token });
  expect(found).toMatchObject({ credential: { kind: "static-token" }, provenance: { place: "environment" } });
  expect((await source.getToken()).value).toBe(token);
  expect(inspect(found, { depth: 9, showHidden: true })).not.toContain(token);
});

test("4.11-108 beside a refresh token an unusable access token is left aside, and the next one is asked for", async () => {
  const server = await authServer();
  const api = await protectedApi(server);
  for (const claims of [{ exp: 1 }, { client_id: "other" }, { iss: "https://other.example.com" }]) {
    const { clientId, refreshToken } = await signIn(server);
    const before = server.tokenRequests("refresh_token");
    const { source } = await resolve({
      issuer: server.issuer,
      clientId,
      refreshToken,
      accessToken: jwt({ iss: server.issuer, client_id: clientId, ...claims }),
      env: {},
      folder: false,
      store: memoryStore(),
    });
    const { value } = await source.getToken();
    expect(await server.introspect(value)).toMatchObject({ active: true });
    expect(server.tokenRequests("refresh_token") - before).toBe(1);
  }
  expect(api.requests).toEqual([]);
});

test("beside a refresh token a live access token is used until it ends", async () => {
  const server = await authServer();
  const { clientId, refreshToken, accessToken } = await signIn(server);
  const options = { issuer: server.issuer, clientId, refreshToken, accessToken, env: {}, folder: false } as const;
  const { source } = await resolve({ ...options, store: memoryStore() });
  const token = await source.getToken();
  expect(token.value).toBe(accessToken);
  expect(server.tokenRequests("refresh_token")).toBe(0);
  expect((await source.getToken({ rejected: token })).value).not.toBe(accessToken);
  expect(server.tokenRequests("refresh_token")).toBe(1);
});

test("4.6-80 `Bearer` before a secret is left out, with a warning that names its variable", async () => {
  for (const name of ["API_KEY", "ACCESS_TOKEN"]) {
    const warnings: string[] = [];
    const env = { [`ORG_AUTH_${name}`]: "  Bearer canary-key" };
    const { source } = await find(env, { onWarning: (warning) => warnings.push(warning) });
    expect((await source.getToken()).value).toBe("canary-key");
    expect(warnings).toContainEqual(expect.stringMatching(`"Bearer" is left out .+ ORG_AUTH_${name}`));
    expect(warnings.join()).not.toContain("canary");
  }
});

test("4.6-80 a secret that no header can carry is refused", async () => {
  for (const value of ["canary\nX-Evil: 1", "canary key", "can\u00e4ry-canary", "canary\u0000"]) {
    const error = await rejection(find({ ORG_AUTH_API_KEY: value }));
    expect(error).toMatchObject({ code: "config_invalid", message: expect.stringContaining("ORG_AUTH_API_KEY") });
  }
});

test("4.6-80 B.3-2 of several credentials in one place the first by a fixed order is used, and the others are told", async () => {
  const order = ["API_KEY", "REFRESH_TOKEN", "CLIENT_SECRET", "PRIVATE_KEY", "ACCESS_TOKEN"];
  const left = new Map(order.map((name) => [`ORG_AUTH_${name}`, `canary-${name}`]));
  for (const name of order.map((name) => `ORG_AUTH_${name}`)) {
    const { found } = await find({ ...site, ...Object.fromEntries(left) });
    left.delete(name);
    expect(found.provenance.name).toBe(name);
    // A refresh token is used with its client's secret and a token that came with it.
    const used = name.endsWith("REFRESH_TOKEN") ? ["ORG_AUTH_CLIENT_SECRET", "ORG_AUTH_ACCESS_TOKEN"] : [];
    const unused = [...left.keys()].filter((other) => !used.includes(other));
    expect(found.provenance.unused ?? [], name).toEqual(unused);
  }
});

test("a developer token without a place to redeem it is told", async () => {
  const error = await rejection(find({ ...site, ORG_AUTH_DEVELOPER_TOKEN: "canary" }));
  expect(error).toMatchObject({ code: "config_missing", message: expect.stringContaining("ORG_AUTH_DEVELOPER_TOKEN") });
});

test("a user name alone is no credential", async () => {
  expect((await find({ ORG_AUTH_USERNAME: "ana" })).found.provenance.place).toBe("stored-login");
});

test("auth none asks no place, and auth optional goes without where no place has one", async () => {
  const env = { ORG_AUTH_CLIENT_SECRET: "canary" };
  expect((await find(env, { auth: "none" })).found).toEqual({
    credential: { kind: "anonymous" },
    provenance: { place: "none" },
  });
  expect((await find({}, { auth: "optional" })).found.provenance.place).toBe("stored-login");
  const { found, source } = await find({}, { auth: "optional", store: memoryStore() });
  expect(found.provenance.place).toBe("none");
  expect(await rejection(source.getToken())).toMatchObject({ code: "no_credential" });
  // What is broken is no reason to go without.
  expect(await rejection(find(env, { auth: "optional" }))).toMatchObject({ code: "partial_credential" });
});

test("B.3-7 without any credential the error carries the trace of the search", async () => {
  const options = { env: {}, folder: false, store: memoryStore() } as const;
  const { steps } = await explain((await search(options)).providers);
  const error = await rejection(resolve(options));
  expect(error).toHaveProperty("steps", steps satisfies readonly Step[]);
});

test("4.11-109 B.3-5 with a store of the caller's own nothing is looked for, or written, on this machine", async () => {
  const server = await authServer();
  const api = await protectedApi(server);
  const { issuer, confidentialClient, nativeClientId: clientId } = server;
  const home = tempFolder();
  // There is a login, where logins are by default.
  const kept = { issuer, clientId, profile: "default" };
  const folder = dataFolder({ appName: "org-auth", env: { HOME: home } });
  await fileStore({ folder }).update(kept, () => login({ accessToken: "canary-kept" }));
  const before = readdirSync(home, { recursive: true }).toSorted();

  const env = { HOME: home, ORG_AUTH_STORE: "file" };
  const error = await rejection(resolve({ issuer, clientId, env, folder: false, store: memoryStore() }));
  expect(error.code).toBe("no_credential");

  const { refreshToken } = await signIn(server);
  for (const credential of [
    { clientId, refreshToken },
    { ...confidentialClient, scopes: ["api:read"] },
  ]) {
    const own = { ...credential, issuer, env, folder: false, store: memoryStore() } as const;
    const client = createClient({ ...own, baseUrl: api.baseUrl });
    expect((await client.get("me")).status).toBe(200);
  }
  expect(readdirSync(home, { recursive: true }).toSorted()).toEqual(before);

  // The same without it keeps what is renewed.
  mkdirSync(join(home, "other"));
  const elsewhere = { HOME: join(home, "other"), ORG_AUTH_STORE: "file" };
  const { refreshToken: another } = await signIn(server);
  const client = createClient({ baseUrl: api.baseUrl, issuer, clientId, refreshToken: another, env: elsewhere });
  await client.get("me");
  expect(readdirSync(join(home, "other"), { recursive: true }).some((name) => String(name).endsWith(".json"))).toBe(
    true,
  );
});

/** A store that can be read, and finds out that it can keep nothing only when it has something to keep. */
function brokenStore(): CredentialStore {
  return {
    read: async () => Promise.resolve(undefined),
    list: async () => Promise.resolve([]),
    update: async (_key, change) => {
      await change(undefined);
      throw new StoreError("keyring_missing", "there is no keyring", { hint: "start one" });
    },
  };
}

test("B.3-3 a refresh token that was given is not spent where the store cannot keep the one that replaces it", async () => {
  const server = await authServer();
  const { clientId, refreshToken = "" } = await signIn(server);
  const env = { ORG_AUTH_ISSUER: server.issuer, ORG_AUTH_CLIENT_ID: clientId, ORG_AUTH_REFRESH_TOKEN: refreshToken };
  const before = server.requests.length;
  const { source } = await resolve({ env, folder: false, store: brokenStore() });
  for (let call = 0; call < 2; call++) {
    const error = await rejection(source.getToken());
    expect(error).toMatchObject({
      name: "StoreError",
      code: "keyring_missing",
      message: expect.stringMatching(/ORG_AUTH_REFRESH_TOKEN was not used, .+: there is no keyring$/),
      hint: expect.stringMatching(/ORG_AUTH_STORE=file.+ORG_AUTH_STORE=memory/),
      steps: [{ place: "environment", outcome: "chosen" }],
    });
  }
  expect(server.requests).toHaveLength(before);

  // It is as good as it was. What the trial has left is nothing.
  const store = memoryStore();
  const kept = await resolve({ env, folder: false, store });
  expect(await server.introspect((await kept.source.getToken()).value)).toMatchObject({ active: true });
  expect((await store.list()).map(({ issuer, clientId }) => ({ issuer, clientId }))).toEqual([
    { issuer: server.issuer, clientId },
  ]);
  expect(server.refreshTokenReuses).toBe(0);
});

test("B.3-3 a refresh token that was given is not spent where the store loses what it is given", async () => {
  const server = await authServer();
  const { clientId, refreshToken = "" } = await signIn(server);
  const losing: CredentialStore = { ...brokenStore(), update: async (_key, change) => change(undefined) };
  const options = { issuer: server.issuer, clientId, refreshToken, env: {}, folder: false, store: losing } as const;
  const { source } = await resolve(options);
  expect(await rejection(source.getToken())).toMatchObject({
    code: "store_unavailable",
    message: expect.stringMatching(/was not used, .+: the credential store did not give back what it was given$/),
  });
  expect(server.tokenRequests("refresh_token")).toBe(0);
});

test("B.3-3 the token that came with a refresh token is used until it ends, though nothing can be kept", async () => {
  const server = await authServer();
  const { clientId, refreshToken, accessToken } = await signIn(server);
  const options = { issuer: server.issuer, clientId, refreshToken, accessToken, env: {}, folder: false } as const;
  const { source } = await resolve({ ...options, store: brokenStore() });
  const token = await source.getToken();
  expect(token.value).toBe(accessToken);
  expect(await rejection(source.getToken({ rejected: token }))).toMatchObject({ code: "keyring_missing" });
  expect(server.tokenRequests("refresh_token")).toBe(0);
});

test("4.6-80 a secret that the server does not take is told by the name of what holds it", async () => {
  const server = await authServer();
  const { issuer } = server;
  for (const [given, code, name] of [
    [{ clientId: server.confidentialClient.clientId, clientSecret: "canary" }, "invalid_client", "what clientSecret"],
    [
      { clientId: server.nativeClientId, clientSecret: "canary", refreshToken: "canary" },
      "invalid_client",
      "refreshToken",
    ],
    [{ clientId: server.nativeClientId, refreshToken: "canary" }, "invalid_grant", "refreshToken"],
  ] as const) {
    const { source } = await resolve({ ...given, issuer, env: {}, folder: false, store: memoryStore() });
    const error = await rejection(source.getToken());
    expect(error).toMatchObject({ name: "ServerError", code, status: expect.any(Number) });
    expect(error.hint).toContain(name);
  }
});
