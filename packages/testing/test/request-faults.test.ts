import { expect, test, vi } from "vitest";
import { authServer, refresh, signIn } from "./by-hand.ts";

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
