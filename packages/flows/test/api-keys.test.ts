import { inspect } from "node:util";
import { accessToken, accessTokenOf, type AccessToken, type ProofRequest, type ServerError } from "@org/auth-core";
import { startApiKeys, startAuthServer, startProtectedApi, type ApiKeys, type ProtectedApi } from "@org/auth-testing";
import { expect, onTestFinished, test } from "vitest";
import { clientCredentials, createApiKey, listApiKeys, revokeApiKey, type CreateApiKeyOptions } from "../src/index.ts";
import { rejection } from "./rejection.ts";
import { scriptedServer, type Answer, type ScriptedServer } from "./scripted-server.ts";
import { unsignedJwt } from "./signing-key.ts";

const token = accessToken({ value: "access-canary-1" });

interface Real {
  readonly token: AccessToken;
  readonly apiKeys: ApiKeys;
  readonly api: ProtectedApi;
}

async function real(): Promise<Real> {
  const server = await startAuthServer();
  const apiKeys = await startApiKeys({ introspect: server.introspect });
  const api = await startProtectedApi({ introspect: apiKeys.introspect });
  onTestFinished(async () => {
    await Promise.all([server.close(), apiKeys.close(), api.close()]);
  });
  const login = await clientCredentials(server.metadata, server.confidentialClient, { scopes: ["api:read"] });
  return { token: accessTokenOf(login), apiKeys, api };
}

async function scripted(answer: Answer): Promise<ScriptedServer & { readonly apiKeysUrls: readonly string[] }> {
  const server = await scriptedServer();
  server.on("/keys", answer);
  return { ...server, apiKeysUrls: [`${server.issuer}/keys`] };
}

async function createAgainst(answer: Answer, options: CreateApiKeyOptions = {}) {
  return await createApiKey(await scripted(answer), token, options);
}

test("B.1-14 a login's token becomes an API key by one request, is listed, opens the API, and is revoked once", async () => {
  const { token, apiKeys, api } = await real();
  const site = { apiKeysUrls: [apiKeys.apiKeysUrl], api: { baseUrl: api.baseUrl, origins: [api.origin] } };
  const account = { subject: "subject-1" };
  const wishes = { name: "ci-bot", scopes: ["api:read"], tags: ["auth/1"], expiresAtMs: 4_000_000_000_000 };
  const key = await createApiKey(site, token, { ...wishes, account });
  expect(apiKeys.requests).toHaveLength(1);
  expect(key).toMatchObject({ kind: "api-key", expiresAtMs: 4_000_000_000_000, account, api: site.api });
  expect(inspect(key, { showHidden: true })).not.toContain(key.apiKey);

  const me = (): Promise<Response> =>
    fetch(`${api.baseUrl}/me`, { headers: { authorization: `Bearer ${key.apiKey}` } });
  expect(await (await me()).json()).toMatchObject({ scopes: ["api:read"] });
  const asKey = accessToken({ value: key.apiKey });
  expect(await listApiKeys(site, asKey)).toEqual([
    { ...wishes, id: key.keyId, createdAtMs: expect.any(Number), expiresAtMs: 4_000_000_000_000 },
  ]);
  expect(await revokeApiKey(site, token, key.keyId ?? "")).toBe(true);
  expect(await revokeApiKey(site, token, key.keyId ?? "")).toBe(false);
  expect(await listApiKeys(site, token)).toEqual([]);
  expect((await me()).status).toBe(401);
});

test("B.1-14 the token goes as a bearer, what is wished as JSON, and extra headers come along but replace nothing", async () => {
  const server = await scripted({ json: { api_key: "key-1" }, status: 201 });
  const headers = {
    "X-AAU-Client": "abc",
    Authorization: "Basic x",
    "content-type": "text/plain",
    accept: "text/html",
  };
  await createApiKey(server, token, { scopes: ["cloud:read", "cloud:write"], tags: ["auth/v1"], headers });
  const [request] = server.requests;
  expect(request).toMatchObject({
    method: "POST",
    headers: {
      authorization: "Bearer access-canary-1",
      "content-type": "application/json",
      accept: "application/json",
      "user-agent": "org-auth",
      "x-aau-client": "abc",
    },
  });
  expect(JSON.parse(request?.body ?? "")).toEqual({ scopes: ["cloud:read", "cloud:write"], tags: ["auth/v1"] });

  await createApiKey(server, token, { name: "a", expiresAtMs: 0 });
  expect(JSON.parse(server.requests[1]?.body ?? "")).toEqual({ name: "a", expires_at: "1970-01-01T00:00:00.000Z" });
  await createApiKey(server, token);
  expect(server.requests[2]?.body).toBe("{}");
});

test.for([
  [200, "bad_response"],
  [202, "bad_response"],
  [204, "bad_response"],
  [400, "server_error"],
  [401, "access_denied"],
  [403, "access_denied"],
  [404, "unsupported_by_server"],
  [405, "unsupported_by_server"],
  [429, "server_unavailable"],
  [500, "server_unavailable"],
] as const)("B.1-14 only 201 makes a key: %i is %s", async ([status, code]) => {
  const json = { api_key: "key-canary-1", id: "1" };
  const error = await rejection(createAgainst({ json, status }));
  expect(error).toMatchObject({ name: "ServerError", code, status });
  expect(error.message).toMatch(/^making an API key at http:\/\/127\.0\.0\.1:\d+ failed: the server answered \d+$/);
});

test("B.1-14 who is refused is told what to do, and what the server said", async () => {
  const json = { error: "insufficient_scope", error_description: "ask for keys:write\u001b[2J" };
  const error = await rejection(createAgainst({ json, status: 403, headers: { "retry-after": "7" } }));
  expect(error).toMatchObject({ code: "access_denied", error: "insufficient_scope", retryAfterMs: 7000 });
  expect(error.hint).toContain("`login`");
  expect(error.message).toContain("server said: ask for keys:write\\x1b[2J");
  expect((await rejection(createAgainst({ json: {}, status: 404 }))).hint).toContain("check the address");
});

test("B.1-14 addresses are tried in order, and only one that is not there leads to the next", async () => {
  const there: Answer = { json: { api_key: "key-1", items: [] }, status: 201 };
  const tried = async (first: Answer, second: Answer): Promise<[unknown, readonly string[]]> => {
    const server = await scriptedServer();
    server.on("/first", first);
    server.on("/second", second);
    const site = { apiKeysUrls: [`${server.issuer}/first`, `${server.issuer}/second`] };
    const result = await createApiKey(site, token).then(
      ({ apiKey }) => apiKey,
      (error: unknown) => `${(error as ServerError).code} ${(error as ServerError).status ?? ""}`,
    );
    return [result, server.requests.map(({ path }) => path)];
  };
  expect(await tried(there, there)).toEqual(["key-1", ["/first"]]);
  for (const status of [404, 405]) {
    expect(await tried({ json: {}, status }, there)).toEqual(["key-1", ["/first", "/second"]]);
  }
  for (const status of [200, 400, 401, 403, 410, 500]) {
    expect((await tried({ json: {}, status }, there))[1]).toEqual(["/first"]);
  }
  expect(await tried({ json: {}, status: 405 }, { json: {}, status: 404 })).toEqual([
    "unsupported_by_server 405",
    ["/first", "/second"],
  ]);
  await expect(createApiKey({ apiKeysUrls: [] }, token)).rejects.toThrow("there is no address for API keys");
});

test.for([
  ["not an address", "config_invalid"],
  ["http://api.example.com/keys?canary", "insecure_endpoint"],
  ["https://user:canary@api.example.com/keys", "insecure_endpoint"],
  ["ftp://127.0.0.1/keys", "insecure_endpoint"],
] as const)("%s is no address for a token: nothing is sent, to the good one before it neither", async ([bad, code]) => {
  const server = await scripted({ json: {}, status: 404 });
  const site = { apiKeysUrls: [...server.apiKeysUrls, bad] };
  for (const attempt of [
    createApiKey(site, token),
    listApiKeys(site, token),
    revokeApiKey(site, token, "1"),
  ] as const) {
    expect(await rejection(attempt)).toMatchObject({ code });
  }
  expect(server.requests).toEqual([]);
});

test("B.1-14 the key has one of three names in the answer", async () => {
  for (const name of ["api_key", "key", "token"]) {
    const key = await createAgainst({ json: { id: 17, [name]: "key-1" }, status: 201 });
    expect([key.apiKey, key.keyId]).toEqual(["key-1", "17"]);
  }
  const nested = { api_key: { id: "1" }, key: "key-1", token: "other" };
  expect((await createAgainst({ json: nested, status: 201 })).apiKey).toBe("key-1");
});

test.for([
  ["no key", { id: "1" }],
  ["an empty one", { api_key: "" }],
  ["one that breaks the header", { api_key: "key-canary\r\nx: y" }],
  ["one that is no ASCII", { api_key: "key-canary-é" }],
  ["one of more than 64 KiB", { api_key: "key-canary".repeat(7000) }],
  ["one in the prototype", JSON.parse('{"__proto__":{"api_key":"key-canary"}}') as object],
  ["a list", [{ api_key: "key-canary" }]],
  ["null", null],
] as const)("an answer with %s is refused", async ([, json]) => {
  expect(await rejection(createAgainst({ json, status: 201 }))).toMatchObject({ code: "bad_response" });
});

test("a page that says 201 is no key", async () => {
  const html = '{"api_key":"key-canary"}';
  expect(await rejection(createAgainst({ html, status: 201 }))).toMatchObject({ code: "bad_response" });
});

test("an id that could not be sent back is left out, and the key is not lost", async () => {
  for (const id of ["..", ".", "", "a b", "é", "x".repeat(257), 1.5, null, {}]) {
    const key = await createAgainst({ json: { api_key: "key-1", id }, status: 201 });
    expect([key.apiKey, key.keyId]).toEqual(["key-1", undefined]);
  }
});

test("B.1-25 a key ends when the API says, or else by its own exp where it is a JWT, and else nobody knows", async () => {
  const jwt = unsignedJwt({ exp: 1_800_000_000 });
  const endOf = async (json: object): Promise<number | undefined> =>
    (await createAgainst({ json, status: 201 }, { expiresAtMs: 1 })).expiresAtMs;
  expect(await endOf({ api_key: jwt, expires_at: "2023-11-14T22:13:20+00:00" })).toBe(1_700_000_000_000);
  expect(await endOf({ api_key: jwt, expires_at: null })).toBe(1_800_000_000_000);
  expect(await endOf({ api_key: "opaque", expires_at: 1_700_000_000 })).toBe(1_700_000_000_000);
  expect(await endOf({ api_key: "opaque" })).toBeUndefined();
});

test("a list of keys may stand alone, in items or in data, and holds no key", async () => {
  const entry = { id: "1", api_key: "key-canary", name: "a\u001b", scopes: ["read", 1, null], tags: "x", extra: {} };
  const expected = [{ id: "1", name: "a\u001b", scopes: ["read"], tags: [] }];
  for (const json of [[entry], { items: [entry] }, { data: [entry], items: null }]) {
    const server = await scripted({ json });
    expect(await listApiKeys(server, token, { headers: { "x-extra": "1" } })).toEqual(expected);
    expect(server.requests).toMatchObject([
      { method: "GET", headers: { authorization: "Bearer access-canary-1", "x-extra": "1" }, body: "" },
    ]);
    expect(server.requests[0]?.headers["content-type"]).toBeUndefined();
  }
  const dated = { id: 2, name: "", created_at: "2023-11-14T22:13:20Z", expires_at: 1_800_000_000 };
  expect(await listApiKeys(await scripted({ json: [dated] }), token)).toEqual([
    { id: "2", scopes: [], tags: [], createdAtMs: 1_700_000_000_000, expiresAtMs: 1_800_000_000_000 },
  ]);
});

test.for([
  ["no list", {}],
  ["a text", "canary"],
  ["an entry that is no object", ["canary"]],
  ["an entry without an id", [{ name: "canary" }]],
  ["an id that would be a folder", [{ id: ".." }]],
] as const)("a list with %s is refused", async ([, json]) => {
  expect(await rejection(listApiKeys(await scripted({ json }), token))).toMatchObject({ code: "bad_response" });
});

test("a list that comes with another status than 200 is refused", async () => {
  for (const [status, code] of [
    [201, "bad_response"],
    [401, "access_denied"],
    [404, "unsupported_by_server"],
  ] as const) {
    expect(await rejection(listApiKeys(await scripted({ json: [], status }), token))).toMatchObject({ code });
  }
});

test("a key is revoked by its id, whatever is in it, and by nothing that would mean all keys", async () => {
  const server = await scriptedServer();
  server.on("/keys/a%2Fb%3Fc%23d", { json: {}, status: 202 });
  for (const base of ["keys", "keys/"]) {
    const site = { apiKeysUrls: [`${server.issuer}/${base}?tenant=1`] };
    expect(await revokeApiKey(site, token, "a/b?c#d")).toBe(true);
    for (const id of ["", ".", "..", "a b", "é"]) expect(await revokeApiKey(site, token, id)).toBe(false);
  }
  expect(server.requests.map(({ method, path, query }) => [method, path, String(query)])).toEqual([
    ["DELETE", "/keys/a%2Fb%3Fc%23d", "tenant=1"],
    ["DELETE", "/keys/a%2Fb%3Fc%23d", "tenant=1"],
  ]);
});

test("a key that was not revoked is told", async () => {
  const server = await scriptedServer();
  const site = { apiKeysUrls: [`${server.issuer}/keys`] };
  for (const [status, code] of [
    [405, "unsupported_by_server"],
    [403, "access_denied"],
    [500, "server_unavailable"],
    [400, "server_error"],
  ] as const) {
    server.on("/keys/1", { json: {}, status });
    expect(await rejection(revokeApiKey(site, token, "1"))).toMatchObject({ code });
  }
  server.on("/keys/1", { json: {}, status: 404 });
  expect(await revokeApiKey(site, token, "1")).toBe(false);
});

test("requests for keys have the bounds of all others: time, size, redirects, and the caller's signal", async () => {
  const never = { raw: (): void => undefined };
  expect(await rejection(createAgainst(never, { http: { timeoutMs: 100 } }))).toMatchObject({ code: "timeout" });

  const json = { api_key: "key-canary", padding: "x".repeat(1024 * 1024) };
  expect(await rejection(createAgainst({ json, status: 201 }))).toMatchObject({ code: "bad_response" });

  const elsewhere = await scripted({ json: { api_key: "key-canary" }, status: 201 });
  const [location = ""] = elsewhere.apiKeysUrls;
  const moved = createAgainst({ json: {}, status: 307, headers: { location } });
  expect(await rejection(moved)).toMatchObject({ code: "bad_response" });
  expect(elsewhere.requests).toEqual([]);

  const reason = new Error("enough");
  const controller = new AbortController();
  const raw = (): void => controller.abort(reason);
  await expect(createAgainst({ raw }, { http: { signal: controller.signal } })).rejects.toBe(reason);
});

test("what cannot be sent is told without being shown, and nothing is sent", async () => {
  const server = await scripted({ json: { api_key: "key-1" }, status: 201 });
  const broken = accessToken({ value: "access-canary\n" });
  expect(await rejection(createApiKey(server, broken))).toMatchObject({ code: "config_invalid" });
  for (const headers of [{ "x-a": "canary\r\nb" }, { "x canary": "a" }]) {
    expect(await rejection(createApiKey(server, token, { headers }))).toMatchObject({ code: "config_invalid" });
  }
  expect(server.requests).toEqual([]);
});

test("a token that is bound to a key goes with a proof for just this request, and with a nonce where one is wanted", async () => {
  const server = await scriptedServer();
  const site = { apiKeysUrls: [`${server.issuer}/keys`] };
  const proof = ({ method, url, nonce = "" }: ProofRequest): Promise<string> =>
    Promise.resolve(`proof of ${method} ${url} ${nonce}`.trim());
  const bound = accessToken({ value: "bound", proof });
  const refusal: Answer = { json: {}, status: 401, headers: { "dpop-nonce": "nonce-1" } };
  server.on("/keys/1", (_request, index) => (index === 1 ? refusal : { json: {} }));
  expect(await revokeApiKey(site, bound, "1")).toBe(true);
  expect(await revokeApiKey(site, bound, "1")).toBe(true);
  server.on("/keys/1", refusal);
  expect(await rejection(revokeApiKey(site, bound, "1"))).toMatchObject({ code: "access_denied" });
  expect(await rejection(revokeApiKey(site, token, "1"))).toMatchObject({ code: "access_denied" });

  const of = `proof of DELETE ${server.issuer}/keys/1`;
  expect(server.requests.map(({ headers }) => [headers.authorization, headers["dpop"]])).toEqual([
    ["DPoP bound", of],
    ["DPoP bound", of],
    ["DPoP bound", `${of} nonce-1`],
    ["DPoP bound", of],
    ["DPoP bound", `${of} nonce-1`],
    ["Bearer access-canary-1", undefined],
  ]);
});

test("B.1-14 a lost answer is an error, not a second key", async () => {
  const { token, apiKeys } = await real();
  const site = { apiKeysUrls: [apiKeys.apiKeysUrl] };
  apiKeys.failNext(apiKeys.apiKeysUrl, "reset-after-commit");
  expect(await rejection(createApiKey(site, token))).toMatchObject({ code: "network" });
  expect(await listApiKeys(site, token)).toHaveLength(1);
});
