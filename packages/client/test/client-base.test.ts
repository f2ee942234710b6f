import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { accessToken, fixed, memoryStore } from "@org/auth-core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createClient, defineProduct, type ClientOptions, type Environment } from "../src/index.ts";
import { pendingBase, resolvePending } from "../src/pending-base.ts";
import { keep, login, recordingServer, rejection, tempFolder } from "./surroundings.ts";

const source = fixed(accessToken({ value: "canary-token" }));

test("B.1-26 an API that nobody names in the code is the one that the settings name", async () => {
  const api = await recordingServer();
  const product = defineProduct({
    name: "acme",
    envPrefix: "ACME_",
    sites: { own: { issuer: "https://id.example.com", clientId: "acme", apiUrl: `${api.origin}/v1` } },
  });
  const env: Environment = { HOME: tempFolder() };
  const ways: readonly ClientOptions[] = [
    { product, env: { ...env, ACME_API_KEY: "canary-key" } },
    { product, env, apiKey: "canary-key" },
    { env: { ...env, ORG_AUTH_API_URL: `${api.origin}/v1/`, ORG_AUTH_API_KEY: "canary-key" } },
    { env: { ...env, ORG_AUTH_API_URL: `${api.origin}/v1` }, source: fixed(accessToken({ value: "canary-key" })) },
  ];
  for (const options of ways) await createClient({ ...options, folder: false }).get("users?a=b");
  expect(api.requests.map(({ target, headers }) => [target, headers.authorization])).toEqual(
    ways.map(() => ["/v1/users?a=b", "Bearer canary-key"]),
  );
});

test("B.1-26 an API that only the login names is that login's", async () => {
  const api = await recordingServer();
  const files = await recordingServer();
  const store = memoryStore();
  await keep(store, login({ api: { baseUrl: `${api.origin}/v1`, origins: [api.origin, files.origin] } }));
  const client = createClient({ store, env: { HOME: tempFolder() }, folder: false });
  await client.get("users");
  await client.get(`${files.origin}/a`);
  expect([...api.requests, ...files.requests].map(({ target, headers }) => [target, headers.authorization])).toEqual([
    ["/v1/users", "Bearer canary-login"],
    ["/a", "Bearer canary-login"],
  ]);
});

test("a key and an address of one .env file go together, and not to the configured API", async () => {
  const [api, own] = [await recordingServer(), await recordingServer()];
  const folder = tempFolder();
  writeFileSync(join(folder, ".env"), `ORG_AUTH_API_KEY=canary-key\nORG_AUTH_API_URL=${own.origin}\n`);
  const home = tempFolder();
  mkdirSync(join(home, ".config", "org-auth"), { recursive: true });
  writeFileSync(
    join(home, ".config", "org-auth", "config.toml"),
    `[sites.a]\nissuer = "https://id.example.com"\nclient_id = "a"\napi_url = "${api.origin}"\n`,
  );
  await createClient({ env: { HOME: home }, folder }).get("users");
  expect(own.requests.map(({ headers }) => headers.authorization)).toEqual(["Bearer canary-key"]);
  expect(api.requests).toEqual([]);
});

test("where nothing says where the API is, that is said, and how to say it", async () => {
  const env = { HOME: tempFolder(), ORG_AUTH_API_KEY: "canary-key" };
  for (const options of [{}, { source }, { auth: "none" }, { auth: "optional" }] as const) {
    const error = await rejection(createClient({ ...options, env, folder: false }).get("users?canary"));
    expect(error).toMatchObject({ code: "config_missing", hint: expect.stringContaining("ORG_AUTH_API_URL") });
  }
  const nobody = createClient({ env: { HOME: tempFolder() }, folder: false });
  expect(await rejection(nobody.get("users"))).toMatchObject({ code: "no_credential" });
});

test("what was not said before is looked up again with the next request", async () => {
  const api = await recordingServer();
  const env: Record<string, string> = { HOME: tempFolder() };
  const client = createClient({ env, folder: false });
  expect(await rejection(client.get("users"))).toMatchObject({ code: "no_credential" });
  Object.assign(env, { ORG_AUTH_API_KEY: "canary-key", ORG_AUTH_API_URL: api.origin });
  await client.get("users");
  expect(api.requests).toHaveLength(1);
});

test("B.1-27 who signs in while a program runs is found by its next request", async () => {
  const api = await recordingServer();
  const store = memoryStore();
  const env = { HOME: tempFolder(), ORG_AUTH_API_URL: api.origin };
  const clients = [
    createClient({ auth: "optional", store, env, folder: false }),
    createClient({ auth: "optional", store, env: { HOME: env.HOME }, folder: false, baseUrl: api.origin }),
  ];
  for (const client of clients) await client.get("before");
  await keep(store, login({ api: { baseUrl: api.origin, origins: [api.origin] } }));
  for (const client of clients) await client.get("after");
  expect(api.requests.map(({ target, headers }) => [target, headers.authorization])).toEqual([
    ["/before", undefined],
    ["/before", undefined],
    ["/after", "Bearer canary-login"],
    ["/after", "Bearer canary-login"],
  ]);
});

test("B.1-27 a login that appears later goes wherever it may go", async () => {
  const [api, other] = [await recordingServer(), await recordingServer()];
  const store = memoryStore();
  const env = { HOME: tempFolder(), ORG_AUTH_API_URL: api.origin };
  const client = createClient({ auth: "optional", store, env, folder: false });
  await client.get(`${other.origin}/before`);
  await keep(store, login({ api: { baseUrl: api.origin, origins: [api.origin, other.origin] } }));
  await client.get(`${other.origin}/after`);
  expect(other.requests.map(({ headers }) => headers.authorization)).toEqual([undefined, "Bearer canary-login"]);
});

test("a caller gives up while settings and credential are looked up", async () => {
  const store = { ...memoryStore(), list: () => new Promise<never>(() => undefined) };
  const client = createClient({ store, env: { HOME: tempFolder() }, folder: false, ky: { retry: 0, timeout: false } });
  const controller = new AbortController();
  const answer = client.get("users", { signal: controller.signal });
  setImmediate(() => controller.abort(new Error("enough")));
  await expect(answer).rejects.toThrow("enough");
});

test("an error names the real address, and not the one that stood in for it", async () => {
  const api = await recordingServer();
  const env = { HOME: tempFolder(), ORG_AUTH_API_KEY: "canary-key", ORG_AUTH_API_URL: `${api.origin}/v1` };
  api.failNext("/v1/users", { status: 404, body: "" });
  const client = createClient({ env, folder: false, ky: { retry: 0 } });
  expect(await rejection(client.get("users"))).toMatchObject({ url: `${api.origin}/v1/users` });
  await api.close();
  expect(await rejection(client.get("users"))).toMatchObject({
    code: "network",
    message: expect.stringContaining(new URL(api.origin).host),
  });
});

const paths = [
  ...["users", "./users", "/users", "../users", "../../users", "../../../users", "", "?a=b", ".", "..", "/", "~/a"],
  ...[
    "a/../b",
    "/./a",
    "/.//evil.test/a",
    ".//evil.test/a",
    "..//evil.test",
    "%2e%2e/a",
    "a?b=../c",
    "~/../../a",
    "/~/a",
  ],
];
const bases = ["https://api.example.com/", "https://api.example.com/v1/", "https://api.example.com/a/b/c/"];

test.for(paths)("4.4-55 a path means at once what it means once its base is known: %j", (path) => {
  for (const base of bases)
    expect(resolvePending(new URL(path, pendingBase), base)?.href).toBe(new URL(path, base).href);
});

test("4.4-55 any path means at once what it means once its base is known", () => {
  const segment = fc.constantFrom("a", "..", ".", "~", "", "%2e%2e", "b c", "ü");
  const path = fc
    .tuple(fc.constantFrom("", "/", "./"), fc.array(segment, { maxLength: 12 }))
    .map(([start, segments]) => start + segments.join("/"));
  fc.assert(
    fc.property(path, fc.constantFrom(...bases), (written, base) => {
      // With two slashes at its beginning it is no path, but names a host.
      fc.pre(!/^[/\\]{2}/.test(written));
      expect(resolvePending(new URL(written, pendingBase), base)?.href).toBe(new URL(written, base).href);
    }),
    { numRuns: 500 },
  );
});

test("a whole address is what it is", () => {
  for (const url of ["https://evil.test/a", "//evil.test/a", "/\\evil.test/a"])
    expect(resolvePending(new URL(url, pendingBase), "https://api.example.com/")).toBeUndefined();
});
