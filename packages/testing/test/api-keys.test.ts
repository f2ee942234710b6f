import { expect, onTestFinished, test } from "vitest";
import { startApiKeys, startProtectedApi, type ApiKeys, type AuthServer } from "../src/index.ts";
import { authServer, basic, post, proofKey, sha256, signIn } from "./by-hand.ts";

async function apiKeysOf(server: AuthServer): Promise<ApiKeys> {
  const apiKeys = await startApiKeys({ introspect: server.introspect });
  onTestFinished(() => apiKeys.close());
  return apiKeys;
}

function ask(method: string, url: string, authorization?: string, json?: object): Promise<Response> {
  const headers = {
    ...(authorization !== undefined && { authorization }),
    ...(json !== undefined && { "content-type": "application/json" }),
  };
  return fetch(url, { method, headers, body: json === undefined ? null : JSON.stringify(json) });
}

async function made(apiKeys: ApiKeys, token: string, wishes: object = {}): Promise<Record<string, string>> {
  const response = await ask("POST", apiKeys.apiKeysUrl, `Bearer ${token}`, wishes);
  expect(response.status).toBe(201);
  return (await response.json()) as Record<string, string>;
}

test("makes a key for a login, lists it without the key, and revokes it once", async () => {
  const server = await authServer();
  const apiKeys = await apiKeysOf(server);
  const { accessToken } = await signIn(server);
  const { api_key, ...key } = await made(apiKeys, accessToken, { name: "ci", scopes: ["api:read"], tags: ["a/1"] });
  expect(key).toEqual({
    id: expect.any(String),
    name: "ci",
    scopes: ["api:read"],
    tags: ["a/1"],
    created_at: expect.any(String),
  });

  const bearer = `Bearer ${api_key ?? ""}`;
  const list = await ask("GET", apiKeys.apiKeysUrl, bearer);
  expect(await list.json()).toEqual({ items: [key] });
  const url = `${apiKeys.apiKeysUrl}/${key["id"] ?? ""}`;
  const revoke = async (): Promise<number> => (await ask("DELETE", url, `Bearer ${accessToken}`)).status;
  expect([await revoke(), await revoke()]).toEqual([204, 404]);
  expect((await ask("GET", apiKeys.apiKeysUrl, bearer)).status).toBe(401);
  expect(apiKeys.requests.map(({ method }) => method)).toEqual(["POST", "GET", "DELETE", "DELETE", "GET"]);
});

test("one login does not see another's keys", async () => {
  const server = await authServer();
  const apiKeys = await apiKeysOf(server);
  const { json } = await post(
    server.metadata.tokenEndpoint,
    { grant_type: "client_credentials" },
    basic(server.confidentialClient),
  );
  const machine = `Bearer ${String(json["access_token"])}`;
  const { id = "" } = await made(apiKeys, (await signIn(server)).accessToken);
  expect(await (await ask("GET", apiKeys.apiKeysUrl, machine)).json()).toEqual({ items: [] });
  expect((await ask("DELETE", `${apiKeys.apiKeysUrl}/${id}`, machine)).status).toBe(404);
});

test("its keys, and what the developer token was redeemed for, open the protected API until they end", async () => {
  const server = await authServer();
  const apiKeys = await apiKeysOf(server);
  const api = await startProtectedApi({ introspect: apiKeys.introspect });
  onTestFinished(() => api.close());
  const me = (token: unknown): Promise<Response> => ask("GET", `${api.baseUrl}/me`, `Bearer ${String(token)}`);

  const { accessToken } = await signIn(server);
  const key = await made(apiKeys, accessToken, { scopes: ["api:read"] });
  expect(await (await me(key["api_key"])).json()).toEqual({
    subject: server.person.subject,
    clientId: server.nativeClientId,
    scopes: ["api:read"],
  });
  expect((await me(accessToken)).status).toBe(200);
  const dead = await made(apiKeys, accessToken, { expires_at: "2020-01-01T00:00:00Z" });
  expect((await me(dead["api_key"])).status).toBe(401);

  const { developerToken, url } = apiKeys.developerToken;
  const redeemed = await ask("POST", url, `Bearer ${developerToken}`);
  const { access_token, expires_in } = (await redeemed.json()) as Record<string, unknown>;
  expect(expires_in).toBe(3600);
  expect(await (await me(access_token)).json()).toMatchObject({ subject: "developer" });
  expect((await me(developerToken)).status).toBe(401);
  expect((await ask("POST", url, `Bearer ${accessToken}`)).status).toBe(401);
});

test("it refuses what is not asked rightly", async () => {
  const server = await authServer();
  const apiKeys = await apiKeysOf(server);
  const { accessToken } = await signIn(server);
  const bearer = `Bearer ${accessToken}`;
  expect((await ask("POST", apiKeys.apiKeysUrl, undefined, {})).status).toBe(401);
  expect((await ask("POST", apiKeys.apiKeysUrl, "Bearer fake", {})).status).toBe(401);
  expect((await ask("POST", apiKeys.apiKeysUrl, `DPoP ${accessToken}`, {})).status).toBe(401);
  expect((await ask("POST", apiKeys.apiKeysUrl, bearer)).status).toBe(400);
  expect((await ask("POST", apiKeys.apiKeysUrl, bearer, [])).status).toBe(400);
  expect((await ask("PUT", apiKeys.apiKeysUrl, bearer, {})).status).toBe(405);
  expect((await ask("GET", `${apiKeys.origin}/elsewhere`, bearer)).status).toBe(404);
});

test("a login that is bound to a key needs a proof here too", async () => {
  const server = await authServer({ dpop: true });
  const apiKeys = await apiKeysOf(server);
  const key = proofKey();
  const { tokenEndpoint } = server.metadata;
  const proof = key.prove({ htm: "POST", htu: tokenEndpoint });
  const form = { grant_type: "client_credentials" };
  const { json } = await post(tokenEndpoint, form, basic(server.confidentialClient), proof);
  const token = String(json["access_token"]);
  expect((await ask("GET", apiKeys.apiKeysUrl, `Bearer ${token}`)).status).toBe(401);
  expect((await ask("GET", apiKeys.apiKeysUrl, `DPoP ${token}`)).status).toBe(401);
  const dpop = key.prove({ htm: "GET", htu: apiKeys.apiKeysUrl, ath: sha256(token) });
  const proven = await fetch(apiKeys.apiKeysUrl, { headers: { authorization: `DPoP ${token}`, dpop } });
  expect(proven.status).toBe(200);
});

test("faults come in place of the answer, once, and after the work is done where that is asked", async () => {
  const server = await authServer();
  const apiKeys = await apiKeysOf(server);
  const { accessToken } = await signIn(server);
  const bearer = `Bearer ${accessToken}`;
  const count = async (): Promise<number> => {
    const list = await ask("GET", apiKeys.apiKeysUrl, bearer);
    return ((await list.json()) as { items: readonly unknown[] }).items.length;
  };
  const create = (): Promise<Response> => ask("POST", `${apiKeys.apiKeysUrl}?a=b`, bearer, {});

  apiKeys.failNext("/api-keys", { status: 503, headers: { "retry-after": "2" }, body: { error: "busy" } });
  apiKeys.failNext(apiKeys.apiKeysUrl, { status: 200, body: "hello" });
  const first = await create();
  expect([first.status, first.headers.get("retry-after"), await first.json()]).toEqual([503, "2", { error: "busy" }]);
  const second = await create();
  expect([second.status, await second.text()]).toEqual([200, "hello"]);

  apiKeys.failNext("/api-keys", "reset");
  await expect(create()).rejects.toThrow("fetch failed");
  expect(await count()).toBe(0);
  apiKeys.failNext("/api-keys", "reset-after-commit");
  await expect(create()).rejects.toThrow("fetch failed");
  expect(await count()).toBe(1);
  expect(apiKeys.requests).toHaveLength(6);
});
