import { LoginRequiredError, tokenSet, type TokenSet } from "@org/auth-core";
import { credentialFromJson, credentialToJson } from "@org/auth-core/storage";
import { expect, test } from "vitest";
import { refresh } from "../src/index.ts";
import { rejection } from "./rejection.ts";
import { scriptedServer, type ScriptedServer } from "./scripted-server.ts";
import { signingKey, unsignedJwt } from "./signing-key.ts";

const client = { clientId: "app" };
const nowMs = 1_800_000_000_000;
const now = (): number => nowMs;
const account = { subject: "ana", username: "ana", email: undefined };
const api = { baseUrl: "https://api.example.com/", origins: ["https://api.example.com"] };
const tokens = { access_token: "access-canary-1", token_type: "Bearer", expires_in: 60 };

function login({ metadata }: ScriptedServer, changes: Partial<TokenSet> = {}): TokenSet {
  return tokenSet({
    server: metadata,
    clientId: "app",
    accessToken: "access-canary-0",
    refreshToken: "refresh-canary-0",
    obtainedAtMs: 1,
    expiresAtMs: 2,
    scopes: ["openid", "read"],
    account,
    api,
    generation: 3,
    ...changes,
  });
}

test("a login read back from a store is renewed with one request to the token endpoint", async () => {
  const server = await scriptedServer();
  server.on("/token", { json: { ...tokens, refresh_token: "refresh-canary-1" } });
  const kept = credentialFromJson(JSON.parse(JSON.stringify(credentialToJson(login(server)))) as unknown) as TokenSet;
  const renewed = await refresh(kept, client, { now });

  expect(server.requests).toMatchObject([{ method: "POST", path: "/token" }]);
  expect(Object.fromEntries(server.requests[0]?.form ?? [])).toEqual({
    grant_type: "refresh_token",
    refresh_token: "refresh-canary-0",
    client_id: "app",
  });
  expect(server.requests[0]?.headers["user-agent"]).toBe("org-auth");
  expect(renewed).toMatchObject({ accessToken: "access-canary-1", refreshToken: "refresh-canary-1" });
  expect({ ...renewed }).toEqual({ ...login(server), obtainedAtMs: nowMs, expiresAtMs: nowMs + 60_000 });
});

test("4.1-5 a login is renewed where it was made, of whatever origin that is, and not where metadata leads later", async () => {
  const [issuer, endpoint, later] = [await scriptedServer(), await scriptedServer(), await scriptedServer()];
  const json = { issuer: issuer.issuer, token_endpoint: `${later.issuer}/token` };
  issuer.on("/.well-known/openid-configuration", { json });
  for (const server of [endpoint, later]) server.on("/token", { json: tokens });
  const server = { ...issuer.metadata, tokenEndpoint: `${endpoint.issuer}/token` };
  expect((await refresh(login(issuer, { server }), client)).server).toEqual(server);
  expect([issuer, endpoint, later].map(({ requests }) => requests.length)).toEqual([0, 1, 0]);
});

test("F58 4.1-16 the old refresh token is kept when no other comes back", async () => {
  const server = await scriptedServer();
  for (const none of [undefined, "", null]) {
    server.on("/token", { json: { ...tokens, refresh_token: none } });
    expect((await refresh(login(server), client)).refreshToken).toBe("refresh-canary-0");
  }
});

test("F60 scopes change when the answer names them, and only then", async () => {
  const server = await scriptedServer();
  for (const [scope, expected] of [
    ["read", ["read"]],
    [" read  write ", ["read", "write"]],
    [undefined, ["openid", "read"]],
    ["", ["openid", "read"]],
  ] as const) {
    server.on("/token", { json: { ...tokens, scope } });
    expect((await refresh(login(server), client)).scopes, String(scope)).toEqual(expected);
  }
});

test("F41 4.1-15 a lifetime counts from when the request was sent, and one that makes no sense is taken for five minutes", async () => {
  const server = await scriptedServer();
  let clockMs = nowMs;
  const fetch: typeof globalThis.fetch = async (...request) => {
    const response = await globalThis.fetch(...request);
    clockMs += 30_000; // A slow answer.
    return response;
  };
  for (const [expiresIn, lifeMs] of [
    ["3600", 3_600_000],
    ["3600.5", undefined],
    ["0", 300_000],
    ["315360000", 315_360_000_000],
    ['"3600"', 3_600_000],
    ["-5", 300_000],
    ['"soon"', 300_000],
    ['""', 300_000],
    ["1e308", 300_000],
    ["1e999", 300_000],
    ["9007199254740992", 300_000],
    ["null", 300_000],
    ["{}", 300_000],
  ] as const) {
    clockMs = nowMs;
    const body = JSON.stringify({ ...tokens, expires_in: "X" }).replace('"X"', expiresIn);
    server.on("/token", { html: body, headers: { "content-type": "application/json;charset=UTF-8" } });
    const renewed = await refresh(login(server), client, { fetch, now: () => clockMs });
    expect(renewed.obtainedAtMs).toBe(nowMs);
    expect((renewed.expiresAtMs ?? 0) - nowMs, expiresIn).toBe(lifeMs ?? 3_600_500);
  }
  server.on("/token", { json: { ...tokens, expires_in: undefined } });
  expect((await refresh(login(server), client)).expiresAtMs).toBeUndefined();
});

test.for([
  { access_token: undefined },
  { access_token: "" },
  { access_token: 1 },
  { access_token: {} },
  { access_token: "canary token" },
  { access_token: "canary\r\nx: y" },
  { access_token: " canary" },
  { access_token: "canary\n" },
  { access_token: "canary\0" },
  { access_token: "canar\u00e9y" },
  { access_token: "s".repeat(64 * 1024 + 1) },
  { token_type: undefined },
  { token_type: 1 },
  { token_type: "mac" },
  { token_type: "DPoP" },
  { refresh_token: 1 },
  { refresh_token: "canary\n" },
  { scope: 1 },
  { scope: ["read"] },
  { scope: "read\u001b[2J" },
  { scope: "x".repeat(20_000) },
  { id_token: 1 },
])("4.1-12 4.1-13 4.1-14 4.1-17 an answer with %j is refused and nothing of it told", async (change) => {
  const server = await scriptedServer();
  server.on("/token", { json: { refresh_token: "refresh-canary-1", ...tokens, ...change } });
  expect(await rejection(refresh(login(server), client))).toMatchObject({ code: "bad_response" });
});

test("4.1-13 Bearer is Bearer in any case", async () => {
  const server = await scriptedServer();
  server.on("/token", { json: { ...tokens, token_type: "bEaReR" } });
  expect((await refresh(login(server), client)).accessToken).toBe("access-canary-1");
});

test("F57 an ID token about the same account is dropped, with no request for keys, which may be out of reach", async () => {
  const server = await scriptedServer();
  server.on("/jwks", { json: {}, status: 503 });
  const key = await signingKey();
  const seconds = nowMs / 1000;
  const good = {
    iss: server.issuer,
    aud: "app",
    sub: "ana",
    iat: seconds,
    exp: seconds + 60,
    preferred_username: "eve",
  };
  server.on("/token", { json: { ...tokens, id_token: await key.sign(good) } });
  const renewed = await refresh(login(server), client, { now });
  expect(renewed.account).toEqual(account);
  expect(server.requests.map(({ path }) => path)).toEqual(["/token"]);
});

test("F34 F35 an ID token of another time, by a clock that is wrong, does not cost the login its new tokens", async () => {
  const server = await scriptedServer();
  const key = await signingKey();
  for (const hours of [-48, -1, 1, 48]) {
    const seconds = nowMs / 1000 + hours * 3600;
    const claims = { iss: server.issuer, aud: "app", sub: "ana", iat: seconds, nbf: seconds, exp: seconds + 60 };
    server.on("/token", { json: { ...tokens, id_token: await key.sign(claims) } });
    expect((await refresh(login(server), client, { now })).accessToken).toBe("access-canary-1");
  }
});

test("F42 4.1-32 how long a server wants to be left alone is told, and counts from its own clock", async () => {
  const server = await scriptedServer();
  const date = "Sun, 06 Nov 1994 08:49:37 GMT";
  for (const [retryAfter, expectedMs] of [
    ["120", 120_000],
    ["Sun, 06 Nov 1994 08:50:37 GMT", 60_000],
    ["Sun, 06 Nov 1994 08:48:37 GMT", 0],
    ["999999999999", 24 * 3_600_000],
    ["-1", undefined],
    ["1e3", undefined],
    ["NaN", undefined],
    ["Sun, 06 Nov 2115 08:50:37 GMT", 24 * 3_600_000],
    ["1.5", undefined],
    ["soon", undefined],
    ["Sun, 06 Foo 1994 08:48:37 GMT", undefined],
  ] as const) {
    server.on("/token", { json: {}, status: 429, headers: { date, "retry-after": retryAfter } });
    const error = await rejection(refresh(login(server), client));
    expect(error, retryAfter).toMatchObject({ code: "server_unavailable", status: 429, retryAfterMs: expectedMs });
    expect(error.message).toMatch(expectedMs === 120_000 ? /answered 429 and asks to wait 120 s$/ : /answered 429/);
  }
});

test("F59 an ID token about anyone else, from anyone else or for anyone else is refused", async () => {
  const server = await scriptedServer();
  const key = await signingKey();
  const seconds = nowMs / 1000;
  const good = { iss: server.issuer, aud: "app", sub: "ana", iat: seconds, exp: seconds + 60 };
  for (const idToken of [
    await key.sign({ ...good, sub: "eve" }),
    await key.sign({ ...good, iss: "https://evil.example" }),
    await key.sign({ ...good, aud: "other" }),
    unsignedJwt(good),
    "canary",
  ]) {
    server.on("/token", { json: { ...tokens, id_token: idToken } });
    expect(await rejection(refresh(login(server), client, { now })), idToken).toMatchObject({ code: "bad_id_token" });
  }
});

test("a login without a refresh token needs its person, and no request", async () => {
  const server = await scriptedServer();
  const error = await rejection(refresh(login(server, { refreshToken: undefined }), client));
  expect(error).toBeInstanceOf(LoginRequiredError);
  await expect(refresh(login(server), { clientId: "other" })).rejects.toThrow(TypeError);
  expect(server.requests).toEqual([]);
});

test("4.1-7 a refresh token goes to no insecure endpoint, wherever it was kept", async () => {
  const server = await scriptedServer();
  for (const [issuer, tokenEndpoint] of [
    [server.issuer, "http://id.example.com/token"],
    ["https://id.example.com", `${server.issuer}/token`],
  ] as const) {
    const set = login(server, { server: { ...server.metadata, issuer, tokenEndpoint } });
    expect(await rejection(refresh(set, client))).toMatchObject({ code: "insecure_endpoint" });
  }
  expect(server.requests).toEqual([]);
});
