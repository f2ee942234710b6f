import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { buffer } from "node:stream/consumers";
import { expect, onTestFinished, test, vi } from "vitest";
import { startProtectedApi } from "../src/index.ts";
import { authorizationRequest, authServer, recordingServer, refresh, signIn } from "./by-hand.ts";

test("a status comes in place of the answer, once, and nothing is done", async () => {
  const server = await authServer();
  const { refreshToken } = await signIn(server);
  server.failNext("/token", { status: 503, headers: { "retry-after": "2" } });
  server.failNext(server.metadata.tokenEndpoint, { status: 400, body: { error: "temporarily_unavailable" } });

  const form = { grant_type: "refresh_token", client_id: server.nativeClientId, refresh_token: refreshToken };
  const first = await fetch(server.metadata.tokenEndpoint, { method: "POST", body: new URLSearchParams(form) });
  expect(first.status).toBe(503);
  expect(first.headers.get("retry-after")).toBe("2");
  expect(await refresh(server, refreshToken)).toEqual({ status: 400, json: { error: "temporarily_unavailable" } });
  expect(await refresh(server, refreshToken)).toMatchObject({ status: 200 });
  expect(server.tokenRequests("refresh_token")).toBe(3);
});

test("a fault waits for its own path", async () => {
  const server = await authServer();
  server.failNext("/jwks", { status: 500, body: "out of order" });
  await signIn(server);
  const response = await fetch(server.metadata.jwksUri ?? "");
  expect([response.status, await response.text()]).toEqual([500, "out of order"]);
});

test("a reset leaves the refresh token as it was", async () => {
  const server = await authServer();
  const { refreshToken } = await signIn(server);
  server.failNext("/token", "reset");
  await expect(refresh(server, refreshToken)).rejects.toThrow("fetch failed");
  expect(server.tokenRequests("refresh_token")).toBe(1);
  expect(await refresh(server, refreshToken)).toMatchObject({ status: 200 });
});

test("a reset after the commit has rotated the refresh token, and no answer came", async () => {
  const server = await authServer();
  const { refreshToken } = await signIn(server);
  server.failNext("/token", "reset-after-commit");
  await expect(refresh(server, refreshToken)).rejects.toThrow("fetch failed");
  expect(server.refreshTokenReuses).toBe(0);
  expect(await refresh(server, refreshToken)).toMatchObject({ status: 400, json: { error: "invalid_grant" } });
  expect(server.refreshTokenReuses).toBe(1);
});

test("a held-back answer is of work already done", async () => {
  const server = await authServer();
  const { refreshToken } = await signIn(server);
  server.delayTokenResponsesMs = 3_600_000;
  expect(server.delayTokenResponsesMs).toBe(3_600_000);
  let answered = 0;
  const lost = [refresh(server, refreshToken), refresh(server, refreshToken)].map((work) =>
    work.then(() => answered++).catch(() => "lost"),
  );
  await vi.waitFor(() => expect(server.refreshTokenReuses).toBe(1), { timeout: 10_000 });
  expect(answered).toBe(0);
  await server.close();
  expect(await Promise.all(lost)).toEqual(["lost", "lost"]);
});

test("every server does them: an API that is busy, moved, or says nothing of the kind of its body", async () => {
  const server = await authServer();
  const api = await startProtectedApi({ introspect: server.introspect });
  onTestFinished(() => api.close());
  for (const each of [api, await recordingServer()]) {
    each.failNext("/v1/me", { status: 429, headers: { "Retry-After": "7" } });
    each.failNext(`${each.origin}/v1/me`, { status: 307, headers: { location: "/elsewhere" } });
    each.failNext("/v1/me", { status: 200, body: "<h1>Sign in</h1>" });
    each.failNext("/v1/me", { status: 200, headers: { "Content-Type": "text/x-mine" }, body: {} });
    const seen: unknown[] = [];
    for (let time = 1; time <= 4; time++) {
      const { status, headers } = await fetch(`${each.origin}/v1/me?a=b`, { redirect: "manual" });
      seen.push([status, ...["retry-after", "location", "content-type"].map((name) => headers.get(name))]);
    }
    expect(seen).toEqual([
      [429, "7", null, null],
      [307, null, "/elsewhere", null],
      [200, null, null, "text/html"],
      [200, null, null, "text/x-mine"],
    ]);
    expect(each.requests).toHaveLength(4);
  }
});

test("F45 an answer is cut off in the middle, after the refresh token was rotated", async () => {
  const server = await authServer();
  const { refreshToken } = await signIn(server);
  server.failNext("/token", "truncate");
  const form = { grant_type: "refresh_token", client_id: server.nativeClientId, refresh_token: refreshToken };
  const response = await fetch(server.metadata.tokenEndpoint, { method: "POST", body: new URLSearchParams(form) });
  expect(response.status).toBe(200);
  await expect(response.text()).rejects.toThrow("terminated");
  await refresh(server, refreshToken);
  expect(server.refreshTokenReuses).toBe(1);
});

test("an answer with no body is cut off too", async () => {
  const server = await recordingServer();
  server.failNext("/", "truncate");
  const response = await fetch(server.origin);
  await expect(response.text()).rejects.toThrow("terminated");
  const nothing = await authServer();
  nothing.failNext("/token/revocation", "truncate");
  const form = { client_id: nothing.nativeClientId, token: "fake" };
  const url = nothing.metadata.revocationEndpoint ?? "";
  const revoked = await fetch(url, { method: "POST", body: new URLSearchParams(form) });
  await expect(revoked.text()).rejects.toThrow("terminated");
});

test("F47 a held-back answer is the answer, every header of it", async () => {
  const server = await authServer();
  const url = new URL(authorizationRequest(server, "http://127.0.0.1:1/callback").url);
  const ask = async () => {
    const { status, headers } = await fetch(url, { redirect: "manual" });
    const lines = [...headers].filter(([name]) => name !== "date");
    return {
      status,
      lines: lines.map(([name, value]) => `${name}: ${value.replace(/[\w-]{21,}|[A-Z]\w\w, .*GMT/g, "…")}`),
    };
  };
  const plain = await ask();
  expect(plain).toMatchObject({ status: 303 });
  expect(plain.lines.filter((line) => line.startsWith("set-cookie: "))).toHaveLength(4);
  server.failNext(url.pathname, { delayHeadersMs: 1 });
  expect(await ask()).toEqual(plain);
});

test("an answer that is held back is of work done, and nobody has to wait for it", async () => {
  const server = await authServer();
  const { refreshToken } = await signIn(server);
  server.failNext("/token", { delayHeadersMs: 3_600_000 });
  const hungUp = new AbortController();
  const form = { grant_type: "refresh_token", client_id: server.nativeClientId, refresh_token: refreshToken };
  const init = { method: "POST", body: new URLSearchParams(form), signal: hungUp.signal };
  const lost = fetch(server.metadata.tokenEndpoint, init);
  await vi.waitFor(() => expect(server.tokenRequests("refresh_token")).toBe(1));
  hungUp.abort(new Error("enough"));
  await expect(lost).rejects.toThrow("enough");
  await refresh(server, refreshToken);
  expect(server.refreshTokenReuses).toBe(1);
});

test("F48 an answer comes byte by byte, and the client may hang up", async () => {
  const server = await recordingServer();
  server.failNext("/", { dripMs: 1 });
  const chunks: number[] = [];
  for await (const chunk of await got(server.origin)) chunks.push((chunk as Buffer).length);
  expect(chunks).toEqual([1, 1]);

  server.failNext("/", { dripMs: 3_600_000 });
  const never = await got(server.origin);
  expect(never.statusCode).toBe(200);
  never.destroy();

  const long = await authServer();
  const path = "/.well-known/openid-configuration";
  long.failNext(path, { dripMs: 1 });
  const left = await got(long.origin + path);
  await once(left, "data");
  left.destroy();
  expect((await fetch(long.origin + path)).status).toBe(200);
});

test("4.4-60 a gzip bomb is small on its way, and as large as was asked for when it is unpacked", async () => {
  const server = await recordingServer();
  const bytes = 3_000_001;
  for (let time = 1; time <= 2; time++) server.failNext("/", { gzipBombBytes: bytes });
  const text = await (await fetch(server.origin)).text();
  expect([text.length, JSON.parse(text)]).toEqual([bytes, {}]);
  const packed = await got(server.origin);
  expect(packed.headers).toMatchObject({ "content-encoding": "gzip", "content-type": "application/json" });
  expect((await buffer(packed)).length).toBeLessThan(bytes / 100);
});

test("an answer is altered once the work is done", async () => {
  const server = await authServer();
  const { refreshToken } = await signIn(server);
  server.failNext("/token", {
    alter: ({ body, ...answer }) => ({
      ...answer,
      headers: { ...answer.headers, date: "Tue, 01 Jan 2030 00:00:00 GMT" },
      body: JSON.stringify({ ...(JSON.parse(body) as object), expires_in: 1 }),
    }),
  });
  const altered = await refresh(server, refreshToken);
  expect(altered).toMatchObject({ status: 200, json: { expires_in: 1 } });
  expect(await server.introspect(String(altered.json["access_token"]))).toMatchObject({ active: true });

  server.failNext("/jwks", { alter: () => Promise.reject(new Error("canary")) });
  const failed = await fetch(server.metadata.jwksUri ?? "");
  expect([failed.status, await failed.text()]).toEqual([500, ""]);
});

/** The bare answer, not unpacked. */
function got(url: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    get(url, resolve).on("error", reject);
  });
}
