import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { explain, memoryStore, pendingLogin, type CredentialStore, type Step } from "@org/auth-core";
import { expect, test } from "vitest";
import { createClient, type ResolveOptions } from "../src/index.ts";
import { resolve, search } from "../src/source.ts";
import { defaultProduct, trust } from "../src/source.ts";
import { keep, login, recordingServer, rejection, scriptedServer, tempFolder } from "./surroundings.ts";

const site = { ORG_AUTH_ISSUER: "https://id.example.com", ORG_AUTH_CLIENT_ID: "app" };
const key = { ORG_AUTH_API_KEY: "canary-env-key" };
const secret = { ORG_AUTH_CLIENT_SECRET: "canary-secret" };

async function storeWithLogin(): Promise<CredentialStore> {
  const store = memoryStore();
  await keep(store, login());
  return store;
}

async function steps(options: ResolveOptions): Promise<readonly Step[]> {
  return (await explain((await search(options)).providers)).steps;
}

test("the first of argument, environment and stored login is used", async () => {
  const store = await storeWithLogin();
  const order = [
    [{ apiKey: "canary-argument", store, env: { ...site, ...key } }, "argument", "canary-argument"],
    [{ store, env: { ...site, ...key } }, "environment", "canary-env-key"],
    [{ store, env: site }, "stored-login", "canary-login"],
    [{ store, env: {} }, "stored-login", "canary-login"],
  ] as const;
  for (const [options, place, value] of order) {
    const { found, source } = await resolve(options);
    expect(found.provenance.place).toBe(place);
    expect((await source.getToken()).value).toBe(value);
  }
});

test("a machine's secret in the environment wins over a stored login, and is asked about only when used", async () => {
  const { found } = await resolve({ store: await storeWithLogin(), env: { ...site, ...secret } });
  expect(found).toMatchObject({
    credential: { kind: "client-secret", issuer: "https://id.example.com", clientId: "app" },
    provenance: { place: "environment", name: "ORG_AUTH_CLIENT_SECRET", account: "app" },
  });
});

test("what the winner hides can be told, by names and never by a value", async () => {
  const store = memoryStore();
  await keep(store, login({ account: { subject: "s", email: "ana@example.com" } }), "work");
  const told = await steps({ apiKey: "canary-argument", profile: "work", store, env: { ...site, ...key } });
  expect(told).toMatchObject([
    { place: "argument", outcome: "chosen", provenance: { place: "argument", name: "apiKey" } },
    {
      place: "environment",
      outcome: "shadowed",
      provenance: { place: "environment", name: "ORG_AUTH_API_KEY" },
    },
    { place: "mounted-secret", outcome: "absent" },
    {
      place: "stored-login",
      outcome: "shadowed",
      provenance: { place: "stored-login", name: "work", account: "ana@example.com" },
    },
    { place: "workload-identity", outcome: "absent" },
  ]);
  expect(JSON.stringify(told)).not.toContain("canary");
});

test("half of a machine's credential stops the search, and names the other half", async () => {
  const store = await storeWithLogin();
  const env = { ...secret };
  expect(await rejection(resolve({ store, env }))).toMatchObject({
    code: "partial_credential",
    message: "half a credential: ORG_AUTH_CLIENT_SECRET without ORG_AUTH_CLIENT_ID and ORG_AUTH_ISSUER",
    hint: "add ORG_AUTH_CLIENT_ID and ORG_AUTH_ISSUER, or take ORG_AUTH_CLIENT_SECRET away",
    found: ["ORG_AUTH_CLIENT_SECRET"],
    missing: ["ORG_AUTH_CLIENT_ID", "ORG_AUTH_ISSUER"],
  });
  expect(await steps({ store, env })).toMatchObject([
    { place: "environment", outcome: "broken", reason: "partial_credential" },
    { place: "mounted-secret", outcome: "not-asked" },
    { place: "stored-login", outcome: "not-asked" },
    { place: "workload-identity", outcome: "not-asked" },
  ]);
  for (const name of ["ORG_AUTH_ISSUER", "ORG_AUTH_CLIENT_ID"] as const) {
    const error = await rejection(resolve({ store, env: { ...site, ...secret, [name]: " " } }));
    expect(error).toMatchObject({ code: "config_missing", hint: expect.stringContaining(name) });
  }
});

test("4.6-80 of an API key and a machine's secret the key is used, and the trace says so", async () => {
  const { found } = await resolve({ env: { ...site, ...key, ...secret }, store: memoryStore() });
  expect(found.provenance).toMatchObject({ name: "ORG_AUTH_API_KEY", unused: ["ORG_AUTH_CLIENT_SECRET"] });
});

test("a machine's secret does not go to another site than its own", async () => {
  const store = memoryStore();
  const env = { ...site, ...secret };
  for (const other of [
    { issuer: "https://other.example.com", clientId: "app" },
    { issuer: "https://id.example.com", clientId: "other" },
  ]) {
    const error = await rejection(resolve({ ...other, env, store }));
    expect(error).toMatchObject({ code: "config_invalid", message: expect.stringContaining("ORG_AUTH_CLIENT_SECRET") });
  }
  const same = { issuer: "https://id.example.com", clientId: "app" };
  expect((await resolve({ ...same, env, store })).found.provenance.place).toBe("environment");
});

test("blank credentials count as not set", async () => {
  const env = { ORG_AUTH_API_KEY: " ", ORG_AUTH_CLIENT_SECRET: "\n" };
  expect((await resolve({ env, store: await storeWithLogin() })).found.provenance.place).toBe("stored-login");
});

test("blanks around a key do not count", async () => {
  const { source } = await resolve({ env: { ORG_AUTH_API_KEY: " canary-key\r\n" }, store: memoryStore() });
  expect((await source.getToken()).value).toBe("canary-key");
});

test("where there is nothing each place that was asked says how to have a credential there", async () => {
  const error = await rejection(resolve({ env: {}, store: memoryStore() }));
  expect(error).toMatchObject({
    code: "no_credential",
    hint: "run `org-auth login`",
    steps: [
      { place: "environment", outcome: "absent", hint: expect.stringContaining("ORG_AUTH_API_KEY") },
      { place: "mounted-secret", outcome: "absent", hint: expect.stringContaining("org_auth_api_key") },
      { place: "stored-login", outcome: "absent", hint: "run `org-auth login`" },
      { place: "workload-identity", outcome: "absent" },
    ],
  });
});

test("hints speak of the product, the site and the profile that are meant", async () => {
  const product = { name: "acme", envPrefix: "ACME_" };
  const error = await rejection(resolve({ product, profile: "work", env: site, store: memoryStore() }));
  expect(error).toMatchObject({
    hint: "run `acme login --profile work`",
    steps: [{ hint: expect.stringContaining("ACME_API_KEY") }, {}, {}, {}],
  });
});

test("a login of another site, client or profile is none", async () => {
  const store = await storeWithLogin();
  const others: readonly ResolveOptions[] = [
    { issuer: "https://id.example.com", clientId: "other" },
    { issuer: "https://id.example.com/", clientId: "app" },
    { profile: "work" },
  ];
  for (const other of others)
    expect(await rejection(resolve({ ...other, env: {}, store }))).toMatchObject({ code: "no_credential" });
});

test("where no site is named and several logins fit, none is taken", async () => {
  const store = await storeWithLogin();
  const issuer = "https://other.example.com";
  const other = login({ server: { issuer, tokenEndpoint: `${issuer}/token`, issParameterSupported: true } });
  await keep(store, other, "work");
  expect((await resolve({ env: {}, store })).found.key?.issuer).toBe("https://id.example.com");

  await keep(store, other);
  expect(await rejection(resolve({ env: {}, store }))).toMatchObject({
    code: "ambiguous_login",
    message: expect.stringMatching(/id\.example\.com.*other\.example\.com/),
  });
  expect((await resolve({ issuer, clientId: "app", env: {}, store })).found.key?.issuer).toBe(issuer);
  expect((await resolve({ env: key, store })).found.provenance.place).toBe("environment");
});

test("what is kept beside a login is no login", async () => {
  const store = await storeWithLogin();
  const { server } = login();
  const beside = { issuer: server.issuer, clientId: "beside", profile: "default" };
  await store.update({ ...beside, audience: "https://api.example.com" }, () => login({ clientId: "beside" }));
  await store.update({ ...beside, scopes: ["a"] }, () => login({ clientId: "beside" }));
  await store.update({ ...beside, pendingLoginId: "1" }, () =>
    pendingLogin({
      server,
      clientId: "beside",
      profile: "default",
      deviceCode: "canary-code",
      intervalMs: 1,
      expiresAtMs: 1,
      scopes: [],
    }),
  );
  expect((await resolve({ env: {}, store })).found.key?.clientId).toBe("app");
});

test("tokens may go where the settings say, and where the login was made for", async () => {
  const api = { baseUrl: "https://api.example.com/v1", origins: ["https://api.example.com"] };
  const store = memoryStore();
  await keep(store, login({ api }));
  expect((await resolve({ env: {}, store })).api).toEqual(api);
  const { clientId, server } = login();
  const { issuer } = server;
  expect((await resolve({ issuer, clientId, apiUrl: "https://other.example.com/v2", env: {}, store })).api).toEqual({
    baseUrl: "https://other.example.com/v2",
    origins: ["https://other.example.com", "https://api.example.com"],
  });
  expect((await resolve({ env: key, store })).api).toBeUndefined();
});

test("an API key needs no home folder, and a stored login says that it does", async () => {
  expect((await resolve({ env: key })).found.provenance.place).toBe("environment");
  expect((await resolve({ apiKey: "canary-key", env: {} })).found.provenance.place).toBe("argument");
  const error = await rejection(resolve({ env: {} }));
  expect(error).toMatchObject({ code: "store_unavailable", hint: expect.stringMatching(/HOME|USERPROFILE/) });
});

test("the environment is read and never changed", async () => {
  const before = { ...process.env };
  const env = Object.freeze({ ...key, HOME: tempFolder() });
  await resolve({ env });
  await rejection(resolve({ env: Object.freeze({ HOME: tempFolder() }) }));
  expect(process.env).toEqual(before);
});

test("2.3 headers that the environment adds do not go where a .env file that nobody trusts says", async () => {
  const folder = tempFolder();
  const path = join(folder, ".env");
  writeFileSync(path, "ORG_AUTH_API_KEY=canary-of-file\nORG_AUTH_API_URL=https://evil.test\n");
  const env = { HOME: tempFolder(), ORG_AUTH_EXTRA_HEADERS: '{"Gate-Secret":"canary-gate"}' };
  const options = { store: memoryStore(), env, folder };
  const { api, settings } = await resolve(options);
  expect(api?.baseUrl).toBe("https://evil.test");
  expect(settings.extraHeaders).toBeUndefined();

  await trust(path, defaultProduct, env);
  expect((await resolve(options)).settings.extraHeaders).toEqual({ "Gate-Secret": "canary-gate" });
});

test("2.3 a client whose site is only the default one does not go where a .env file that nobody trusts would have it", async () => {
  const [home, folder] = [tempFolder(), tempFolder()];
  const config = join(home, "config.toml");
  writeFileSync(config, '[sites.own]\nissuer = "https://id.example.com"\nclient_id = "cli"\n');
  writeFileSync(join(folder, ".env"), "ORG_AUTH_ISSUER=https://evil.test\nORG_AUTH_SITE=own\n");
  const machine = { ORG_AUTH_CLIENT_ID: "machine", ...secret, HOME: home, ORG_AUTH_CONFIG: config };
  const options = { store: memoryStore(), env: machine, folder };
  expect(await rejection(resolve(options))).toMatchObject({
    code: "untrusted_origin",
    hint: expect.stringMatching(/; if not, give --site, or --issuer and --client-id$/),
  });
  const named = await resolve({ ...options, env: { ...machine, ORG_AUTH_SITE: "own" } });
  expect(named.found.credential).toMatchObject({ issuer: "https://id.example.com", clientId: "machine" });
});

test("2.3 the key of a .env file that nobody trusts is not used where a program names another API", async () => {
  const api = await recordingServer();
  const folder = tempFolder();
  const path = join(folder, ".env");
  writeFileSync(path, "ORG_AUTH_API_KEY=canary-of-file\nORG_AUTH_API_URL=https://evil.test\n");
  const warnings: string[] = [];
  const onWarning = (warning: string): void => void warnings.push(warning);
  const options = { store: memoryStore(), env: { HOME: tempFolder() }, folder, onWarning };
  const { steps } = await rejection(createClient({ ...options, baseUrl: api.origin }).post("a", { body: "canary" }));
  const why = `ORG_AUTH_API_KEY in ${path}`;
  expect(steps).toMatchObject([
    {},
    {},
    { place: "dotenv", outcome: "absent", hint: expect.stringContaining(why) },
    {},
    {},
  ]);
  expect(warnings).toEqual([
    `${why} is not used: it is for where that file says, which nobody trusts, and --api-url says where to go`,
  ]);
  expect(api.requests).toEqual([]);
  // Elsewhere it is as good as any.
  expect((await resolve(options)).found.provenance.place).toBe("dotenv");
  expect(warnings).toHaveLength(1);
});

test("a login whose site nobody names is renewed as its site is configured, and signed in to by its name", async () => {
  const server = await scriptedServer((_request, response) => {
    response.writeHead(400, { "content-type": "application/json" }).end('{"error":"invalid_grant"}');
  });
  const config = join(tempFolder(), "config.toml");
  const issuer = server.origin;
  writeFileSync(
    config,
    `[sites.other]\nissuer = "https://id.example.com"\nclient_id = "other"\n` +
      `[sites.mine]\nissuer = "${issuer}"\nclient_id = "app"\njson_token_requests = true\n`,
  );
  const store = memoryStore();
  const endpoints = { issuer, tokenEndpoint: `${issuer}/token`, issParameterSupported: true };
  await keep(store, login({ server: endpoints, refreshToken: "canary-refresh", expiresAtMs: 1, obtainedAtMs: 0 }));
  const { source } = await resolve({ store, env: { ORG_AUTH_CONFIG: config }, folder: false });
  const { code, hint } = await rejection(source.getToken());
  expect({ code, hint }).toEqual({ code: "login_required", hint: "run `org-auth login --site mine`" });
  expect(server.requests[0]?.headers["content-type"]).toContain("application/json");
});
