import { accessToken } from "@org/auth-core";
import { startApiKeys, startAuthServer, startProtectedApi } from "@org/auth-testing";
import { expect, onTestFinished, test, vi } from "vitest";
import { redeemDeveloperToken, type HttpOptions } from "../src/index.ts";
import { rejection } from "./rejection.ts";
import { scriptedServer, type Answer } from "./scripted-server.ts";
import { unsignedJwt } from "./signing-key.ts";

const developerToken = "developer-canary-1";

async function redeemAgainst(answer: Answer, http: HttpOptions = {}) {
  const server = await scriptedServer();
  server.on("/redeem", answer);
  return await redeemDeveloperToken({ url: `${server.issuer}/redeem`, developerToken }, http);
}

test("B.4-8 a developer token is redeemed for a token that the API takes, with one request", async () => {
  const server = await startAuthServer();
  const service = await startApiKeys({ introspect: server.introspect });
  const api = await startProtectedApi({ introspect: service.introspect });
  onTestFinished(async () => {
    await Promise.all([server.close(), service.close(), api.close()]);
  });
  const token = await redeemDeveloperToken(service.developerToken, { now: () => 5000 });
  expect(service.requests).toMatchObject([{ method: "POST", path: "/developer-token" }]);
  expect(token).toMatchObject({ obtainedAtMs: 5000, expiresAtMs: 3_605_000 });
  const me = await fetch(`${api.baseUrl}/me`, { headers: { authorization: `Bearer ${token.value}` } });
  expect(me.status).toBe(200);

  const wrong = { ...service.developerToken, developerToken: "developer-canary-2" };
  const error = await rejection(redeemDeveloperToken(wrong));
  expect(error).toMatchObject({ code: "access_denied", status: 401 });
  expect(error.hint).toContain("new developer token");
  expect(error.message).toMatch(/^redeeming the developer token at http:/);
});

test("B.4-8 it is posted as a bearer, with no body", async () => {
  const server = await scriptedServer();
  server.on("/redeem", { json: { access_token: "a" } });
  await redeemDeveloperToken({ url: `${server.issuer}/redeem?x=y`, developerToken });
  expect(server.requests).toMatchObject([
    { method: "POST", path: "/redeem", headers: { authorization: "Bearer developer-canary-1" }, body: "" },
  ]);
  expect(server.requests[0]?.query.get("x")).toBe("y");
});

test("B.4-8 the service may take 30 seconds, or what the caller says", async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  for (const [timeoutMs, expected] of [
    [undefined, 30_000],
    [5000, 5000],
  ] as const) {
    const fetch = (): Promise<Response> => new Promise(() => undefined);
    const redeemed = rejection(
      redeemDeveloperToken({ url: "https://dev.example.com/", developerToken }, { fetch, timeoutMs }),
    );
    await vi.runAllTimersAsync();
    const error = await redeemed;
    expect(error).toMatchObject({ code: "timeout" });
    expect(error.message).toContain(`within ${expected} ms`);
  }
});

test("B.4-9 of all that comes only the access token is taken", async () => {
  const json = { access_token: "a", refresh_token: "refresh-canary", client_secret: "canary", expires_in: 60 };
  const token = await redeemAgainst({ json }, { now: () => 1000 });
  expect({ ...token, value: token.value }).toEqual(
    expect.objectContaining({ value: "a", scopes: [], obtainedAtMs: 1000, expiresAtMs: 61_000 }),
  );
  expect(Reflect.ownKeys(token).map(String).sort()).toEqual(
    Reflect.ownKeys(accessToken({ value: "a" }))
      .map(String)
      .sort(),
  );
});

test("B.4-8 a token ends by expires_in, else by its own exp, unless that is over already", async () => {
  const jwt = unsignedJwt({ exp: 1_700_000_000 });
  const endOf = async (json: object, nowMs: number): Promise<number | undefined> =>
    (await redeemAgainst({ json }, { now: () => nowMs })).expiresAtMs;
  expect(await endOf({ access_token: jwt, expires_in: 10 }, 1000)).toBe(11_000);
  expect(await endOf({ access_token: jwt }, 1000)).toBe(1_700_000_000_000);
  expect(await endOf({ access_token: jwt }, 1_700_000_000_000)).toBeUndefined();
  expect(await endOf({ access_token: "opaque" }, 1000)).toBeUndefined();
});

test.for([
  [{ json: {}, status: 403 }, "access_denied"],
  [{ json: {}, status: 404 }, "unsupported_by_server"],
  [{ json: {}, status: 503 }, "server_unavailable"],
  [{ json: {}, status: 400 }, "server_error"],
  [{ json: { access_token: "canary" }, status: 202 }, "bad_response"],
  [{ json: { error: "access_denied" } }, "access_denied"],
  [{ json: {} }, "bad_response"],
  [{ json: { access_token: "" } }, "bad_response"],
  [{ json: { access_token: "canary\n" } }, "bad_response"],
  [{ json: { access_token: ["canary"] } }, "bad_response"],
  [{ json: { access_token: "canary".repeat(20_000) } }, "bad_response"],
  [{ json: ["canary"] }, "bad_response"],
  [{ html: "canary" }, "bad_response"],
  [{ json: {}, status: 302, headers: { location: "/elsewhere" } }, "bad_response"],
] as const)("%j is %s", async ([answer, code]) => {
  expect(await rejection(redeemAgainst(answer))).toMatchObject({ code });
});

test("a developer token goes nowhere but to https: or the loopback, and not if it cannot be one", async () => {
  const fetch = (): Promise<Response> => expect.fail("a request was sent");
  for (const [url, code] of [
    ["http://dev.example.com/redeem", "insecure_endpoint"],
    ["dev.example.com", "config_invalid"],
  ] as const) {
    expect(await rejection(redeemDeveloperToken({ url, developerToken }, { fetch }))).toMatchObject({ code });
  }
  const broken = { url: "https://dev.example.com/", developerToken: "developer canary" };
  expect(await rejection(redeemDeveloperToken(broken, { fetch }))).toMatchObject({ code: "config_invalid" });
});
