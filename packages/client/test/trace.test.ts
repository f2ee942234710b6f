import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import { AuthError, changedTokenSet, explain, memoryStore, StoreError, type CredentialStore } from "@org/auth-core";
import { assertNoSecrets } from "@org/auth-testing";
import { expect, test } from "vitest";
import { createClient, defaultSource } from "../src/index.ts";
import { resolve, search } from "../src/source.ts";
import { authServer, keep, login, rejection, scriptedServer, signIn, tempFolder } from "./surroundings.ts";

const absent = [
  { place: "environment", outcome: "absent" },
  { place: "mounted-secret", outcome: "absent" },
];

test("the error of a login that has ended tells which login it was, and how it was found", async () => {
  const server = await authServer();
  const { issuer, nativeClientId: clientId } = server;
  const store = memoryStore();
  const set = await signIn(server);
  await keep(store, changedTokenSet(set, { expiresAtMs: 1 }), "work");
  const options = { issuer, clientId, profile: "work", store, env: {}, folder: false } as const;
  const { source, steps } = await resolve(options);
  expect(steps).toEqual((await explain((await search(options)).providers)).steps.slice(0, steps.length));

  server.endSession();
  // All who wait get the one error, and the next one, who is refused without a request, another one.
  const [one, two] = await Promise.all([rejection(source.getToken()), rejection(source.getToken())]);
  expect(one).toBe(two);
  const later = await rejection(source.getToken());
  expect(later).not.toBe(one);
  const client = createClient({ ...options, baseUrl: "http://127.0.0.1:1" });
  for (const error of [one, later, await rejection(client.get("a"))]) {
    expect(error).toMatchObject({
      code: "login_required",
      steps: [
        ...absent,
        {
          place: "stored-login",
          outcome: "chosen",
          provenance: { place: "stored-login", name: "work", account: expect.any(String) },
        },
      ],
    });
    assertNoSecrets(
      { shown: inspect(error, { depth: 10, showHidden: true }) + JSON.stringify(error) },
      { accessToken: set.accessToken, refreshToken: set.refreshToken ?? "" },
    );
  }
});

test("the error of a given credential that its server refuses tells where it was given, and no value", async () => {
  const server = await authServer();
  const site = { ORG_AUTH_ISSUER: server.issuer, ORG_AUTH_CLIENT_ID: server.nativeClientId };
  for (const [name, code] of [
    ["ORG_AUTH_REFRESH_TOKEN", "invalid_grant"],
    ["ORG_AUTH_CLIENT_SECRET", "invalid_client"],
  ] as const) {
    const env = { ...site, [name]: `canary-${crypto.randomUUID()}` };
    const { source } = await resolve({ env, store: memoryStore(), folder: false });
    expect(await rejection(source.getToken()), name).toMatchObject({
      code,
      steps: [{ place: "environment", outcome: "chosen", provenance: { place: "environment", name } }],
    });
  }
});

test("an error that ends the search tells the steps up to it", async () => {
  const store = memoryStore();
  await keep(store, login());
  const half = { ORG_AUTH_CLIENT_SECRET: "canary-secret" };
  const broken = { place: "environment", outcome: "broken", reason: "partial_credential" };
  const halved = await rejection(resolve({ env: half, store, folder: false }));
  expect(halved).toMatchObject({ code: "partial_credential", steps: [broken] });
  expect(halved.steps?.[0]?.message).toBe(halved.message);

  const failing: CredentialStore = {
    ...store,
    list: () => Promise.reject(new StoreError("store_unavailable", "it cannot be listed")),
  };
  expect(await rejection(resolve({ env: {}, store: failing, folder: false }))).toMatchObject({
    steps: [...absent, { place: "stored-login", outcome: "broken", reason: "store_unavailable" }],
  });
});

test("4.6-73 an error about where a credential may go tells which credential it is", async () => {
  const folder = tempFolder();
  writeFileSync(join(folder, ".env"), "ORG_AUTH_API_URL=https://evil.example\n");
  const env = { ORG_AUTH_API_KEY: "canary-key" };
  const chosen = { place: "environment", outcome: "chosen", provenance: { name: "ORG_AUTH_API_KEY" } };
  expect(await rejection(resolve({ env, folder, store: memoryStore() }))).toMatchObject({
    code: "untrusted_origin",
    steps: [chosen],
  });

  const store = memoryStore();
  await keep(store, login());
  const elsewhere = defaultSource({ apiUrl: "https://other.example", env: {}, folder: false, store });
  expect(await rejection(elsewhere.getToken())).toMatchObject({
    code: "host_not_allowed",
    steps: [...absent, { place: "stored-login", outcome: "chosen" }],
  });
});

test("who may be anonymous is told, when a token is asked for all the same, which places had nothing", async () => {
  const { source, steps } = await resolve({ auth: "optional", env: {}, store: memoryStore(), folder: false });
  expect(steps.map(({ outcome }) => outcome)).toEqual(["absent", "absent", "absent", "absent"]);
  expect(await rejection(source.getToken())).toMatchObject({ code: "no_credential", steps });
  const nobody = await resolve({ auth: "none", env: {}, store: memoryStore(), folder: false });
  expect(await rejection(nobody.source.getToken())).toMatchObject({ code: "no_credential", steps: [] });
});

test("each failure of a source tells the steps; what it held before, and a caller's own reason, pass by them", async () => {
  const server = await scriptedServer((_request, response) => {
    response.writeHead(400, { "content-type": "application/json" }).end('{"error":"invalid_client"}');
  });
  const store = memoryStore();
  const endpoints = { issuer: server.origin, tokenEndpoint: `${server.origin}/token`, issParameterSupported: true };
  await keep(store, login({ server: endpoints, refreshToken: "canary-refresh" }));
  const { source, steps } = await resolve({ store, env: {}, folder: false });
  const token = await source.getToken();
  expect(token.provenance).toEqual(steps.at(-1)?.provenance);
  expect(await source.getToken()).toBe(token);

  const reason = new AuthError("timeout", "enough");
  await expect(source.getToken({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  expect(reason).not.toHaveProperty("steps");

  const first = await rejection(source.getToken({ rejected: token }));
  const second = await rejection(source.getToken({ rejected: token }));
  expect(first).not.toBe(second);
  for (const error of [first, second]) expect(error).toMatchObject({ code: "invalid_client", steps });
});
