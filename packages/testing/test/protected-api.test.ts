import { expect, onTestFinished, test } from "vitest";
import { startProtectedApi, type AuthServer, type ProtectedApi } from "../src/index.ts";
import { authServer, basic, post, proofKey, recordingServer, refresh, sha256, signIn } from "./by-hand.ts";

async function apiOf(server: AuthServer): Promise<ProtectedApi> {
  const api = await startProtectedApi({ introspect: server.introspect });
  onTestFinished(() => api.close());
  return api;
}

async function machineToken(server: AuthServer): Promise<string> {
  const form = { grant_type: "client_credentials", scope: "api:read" };
  const { json } = await post(server.metadata.tokenEndpoint, form, basic(server.confidentialClient));
  return String(json["access_token"]);
}

function get(url: string, token?: string, init: RequestInit = {}): Promise<Response> {
  return fetch(url, { ...init, ...(token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } }) });
}

test("says who a token is for", async () => {
  const server = await authServer();
  const api = await apiOf(server);
  const response = await get(`${api.baseUrl}/me`, await machineToken(server));
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({ clientId: server.confidentialClient.clientId, scopes: ["api:read"] });
});

test("echoes what it got and of the authorization only its scheme", async () => {
  const server = await authServer();
  const api = await apiOf(server);
  const token = await machineToken(server);
  const response = await get(`${api.baseUrl}/echo/a?b=c`, token, { method: "PUT", body: "hello" });
  const text = await response.text();
  expect(JSON.parse(text)).toMatchObject({
    method: "PUT",
    path: "/v1/echo/a",
    headers: { authorization: "Bearer", "content-type": "text/plain;charset=UTF-8" },
    body: "hello",
  });
  expect(text).not.toContain(token);
  expect(api.requests).toMatchObject([{ method: "PUT", path: "/v1/echo/a", hasAuthorization: true, body: "hello" }]);
});

test("refuses whoever brings no token, without an error, or a dead one, with an error", async () => {
  const server = await authServer();
  const api = await apiOf(server);
  const none = await get(`${api.baseUrl}/me`);
  expect([none.status, none.headers.get("www-authenticate")]).toEqual([401, "Bearer"]);
  const unknown = await get(`${api.baseUrl}/echo`, "fake-token");
  expect(unknown.status).toBe(401);
  expect(unknown.headers.get("www-authenticate")).toContain('Bearer error="invalid_token"');
  expect(api.requests.map(({ hasAuthorization }) => hasAuthorization)).toEqual([false, true]);
});

test("refuses a good token on demand, and no other", async () => {
  const server = await authServer();
  const api = await apiOf(server);
  const [refused, good] = [await machineToken(server), await machineToken(server)];
  api.refuse(refused);
  expect((await get(`${api.baseUrl}/me`, refused)).status).toBe(401);
  expect((await get(`${api.baseUrl}/me`, refused)).status).toBe(401);
  expect((await get(`${api.baseUrl}/me`, good)).status).toBe(200);
});

test("refuses the next few requests on demand", async () => {
  const server = await authServer();
  const api = await apiOf(server);
  const token = await machineToken(server);
  api.refuseNext(2);
  const statuses = [];
  for (let round = 0; round < 3; round++) statuses.push((await get(`${api.baseUrl}/me`, token)).status);
  expect(statuses).toEqual([401, 401, 200]);
});

test("redirects anywhere with any redirect status", async () => {
  const api = await apiOf(await authServer());
  const elsewhere = await recordingServer();
  const to = encodeURIComponent(`${elsewhere.origin}/x?y=z`);
  for (const status of [301, 302, 303, 307, 308]) {
    const response = await get(`${api.origin}/redirect?to=${to}&status=${status}`, undefined, { redirect: "manual" });
    expect([response.status, response.headers.get("location")]).toEqual([status, `${elsewhere.origin}/x?y=z`]);
  }
  expect((await get(`${api.origin}/redirect?to=${to}&status=200`)).status).toBe(400);
});

test("an origin that should get no token shows all it got", async () => {
  const elsewhere = await recordingServer();
  await get(`${elsewhere.origin}/a?b=c`, "fake-token", { method: "POST", body: "hello" });
  expect(elsewhere.requests).toMatchObject([
    { method: "POST", target: "/a?b=c", headers: { authorization: "Bearer fake-token" }, body: "hello" },
  ]);
});

test("takes a token that is bound to a key with a proof only, once, and with its nonce where it wants one", async () => {
  const server = await authServer({ dpop: true });
  const api = await apiOf(server);
  const key = proofKey();
  const { tokenEndpoint } = server.metadata;
  const { json } = await post(
    tokenEndpoint,
    { grant_type: "client_credentials" },
    basic(server.confidentialClient),
    key.prove({ htm: "POST", htu: tokenEndpoint }),
  );
  expect(json).toMatchObject({ token_type: "DPoP" });
  const token = String(json["access_token"]);
  expect(await server.introspect(token)).toMatchObject({ active: true, jkt: key.jkt });

  const claims = { htm: "GET", htu: `${api.baseUrl}/me`, ath: sha256(token) };
  const ask = async (authorization: string, dpop?: string): Promise<string> => {
    const headers = { authorization, ...(dpop !== undefined && { dpop }) };
    const response = await fetch(`${api.baseUrl}/me?a=b`, { headers });
    const nonce = response.headers.get("dpop-nonce") ?? "";
    return `${String(response.status)} ${response.headers.get("www-authenticate") ?? ""} ${nonce}`.trim();
  };
  const proof = key.prove(claims);
  expect(await ask(`DPoP ${token}`, proof)).toBe("200");
  expect(await ask(`DPoP ${token}`, proof)).toMatch(/^401 DPoP error="invalid_dpop_proof".*before/);
  expect(await ask(`DPoP ${token}`)).toMatch(/^401 DPoP error="invalid_dpop_proof"/);
  expect(await ask(`DPoP ${token}`, proofKey().prove(claims))).toMatch(/^401 DPoP .*another key/);
  expect(await ask(`Bearer ${token}`, key.prove(claims))).toMatch(/^401 DPoP error="invalid_token"/);
  expect(await ask(`DPoP ${await machineToken(server)}`, key.prove(claims))).toMatch(/^401 DPoP error="invalid_token"/);

  api.dpopNonce = "nonce-1";
  expect(await ask(`DPoP ${token}`, key.prove(claims))).toBe('401 DPoP error="use_dpop_nonce" nonce-1');
  expect(await ask(`DPoP ${token}`, key.prove({ ...claims, nonce: "nonce-1" }))).toBe("200");
});

test("4.1-35 says how a person has to have signed in, and takes the token of one who has, renewed or not", async () => {
  const server = await authServer({ acrValues: ["pwd", "phr"] });
  const api = await apiOf(server);
  const weak = await signIn(server, { acr_values: "unknown" });
  const strong = await signIn(server, { acr_values: "unknown phr" });
  const renewed = await refresh(server, strong.refreshToken);
  const statuses = async (): Promise<readonly number[]> => {
    const tokens = [weak.accessToken, strong.accessToken, String(renewed.json["access_token"])];
    return await Promise.all(tokens.map(async (token) => (await get(`${api.baseUrl}/me`, token)).status));
  };
  expect(await statuses()).toEqual([200, 200, 200]);

  api.stepUp = { acrValues: ["x", "phr"], maxAgeSeconds: 3600 };
  expect(await statuses()).toEqual([401, 200, 200]);
  const { headers } = await get(`${api.baseUrl}/me`, weak.accessToken);
  expect(headers.get("www-authenticate")).toBe(
    'Bearer error="insufficient_user_authentication", acr_values="x phr", max_age=3600',
  );

  api.stepUp = { maxAgeSeconds: -3600 };
  expect(await statuses()).toEqual([401, 401, 401]);
  api.stepUp = {};
  expect(await statuses()).toEqual([200, 200, 200]);
  expect((await get(`${api.baseUrl}/me`, await machineToken(server))).status).toBe(200);
});
