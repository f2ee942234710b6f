import { changedTokenSet } from "@org/auth-core";
import { expect, test } from "vitest";
import { run, setUp } from "../e2e/org-auth.ts";
import { expiringLogin } from "../storm/expiring-login.ts";
import { canMount } from "./mount-namespace.ts";

const unavailable = [429, 500, 502, 503, 504] as const;

test("F42 F43 a server that cannot renew just now is asked again, up to twice, and the login is kept", async () => {
  const { expire, kept, orgAuth, server } = await expiringLogin({ rotateRefreshTokens: true });
  for (const [index, status] of unavailable.entries()) {
    await expire();
    const requests = server.tokenRequests("refresh_token");
    server.failNext("/token", { status, headers: { "retry-after": "0" } });
    if (index === 0) server.failNext("/token", { status, body: "<h1>busy</h1>" });
    expect(await orgAuth("token"), String(status)).toMatchObject({ status: 0, stderr: "" });
    expect(server.tokenRequests("refresh_token") - requests).toBe(index === 0 ? 3 : 2);
  }

  const before = await expire();
  for (let time = 1; time <= 3; time++) server.failNext("/token", { status: 503 });
  const requests = server.tokenRequests("refresh_token");
  const ended = await orgAuth("token");
  expect(ended).toMatchObject({ status: 3, stdout: "" });
  expect(ended.stderr).toContain("the server answered 503 [server_unavailable]");
  expect(server.tokenRequests("refresh_token") - requests).toBe(3);
  expect((await kept()).refreshToken).toBe(before.refreshToken);
  expect(await orgAuth("token")).toMatchObject({ status: 0, stderr: "" });
  expect(server.refreshTokenReuses).toBe(0);
});

test("F42 a server that wants to be left alone for long is not asked again, and the wish is told", async () => {
  const { expire, orgAuth, server } = await expiringLogin();
  await expire();
  server.failNext("/token", { status: 429, headers: { "retry-after": "120" }, body: { error: "slow_down" } });
  const ended = await orgAuth("token");
  expect(ended).toMatchObject({ status: 3, stdout: "" });
  expect(ended.stderr).toContain("the server answered slow_down and asks to wait 120 s [server_unavailable]");
  expect(server.tokenRequests("refresh_token")).toBe(1);
});

test("F43 the code of a sign-in is exchanged once, whatever becomes of it", async () => {
  const { kept, server, signIn } = await expiringLogin();
  const before = await kept();
  for (const fault of [{ status: 503 }, "reset-after-commit"] as const) {
    const requests = server.tokenRequests("authorization_code");
    server.failNext("/token", fault);
    expect(await signIn("--force")).toMatchObject({ status: 3, stdout: "" });
    expect(server.tokenRequests("authorization_code") - requests).toBe(1);
  }
  expect((await kept()).accessToken).toBe(before.accessToken);
});

test("F44 a connection that is reset before anything is done is tried once more", async () => {
  const { expire, orgAuth, server } = await expiringLogin({ rotateRefreshTokens: true });
  await expire();
  server.failNext("/token", "reset");
  expect(await orgAuth("token")).toMatchObject({ status: 0, stderr: "" });
  expect(server.tokenRequests("refresh_token")).toBe(2);
  expect(server.refreshTokenReuses).toBe(0);
});

test("F45 an answer that is lost after the rotation: a server that forgives a repeat renews, one that does not ends the login", async () => {
  for (const rotateRefreshTokens of [false, true]) {
    const { expire, kept, orgAuth, server } = await expiringLogin({ rotateRefreshTokens });
    await expire();
    server.failNext("/token", "reset-after-commit");
    const ended = await orgAuth("token");
    expect(server.tokenRequests("refresh_token")).toBe(2);
    if (rotateRefreshTokens) {
      expect(ended).toMatchObject({ status: 4, stdout: "" });
      expect(ended.stderr).toContain("has ended (invalid_grant) [login_required]");
      expect(await kept()).toMatchObject({ ended: { reason: "invalid_grant" } });
    } else expect(ended).toMatchObject({ status: 0, stdout: `${(await kept()).accessToken}\n`, stderr: "" });
  }
});

test.skipIf(!canMount)(
  "F50 without a network the host is named within 15 s, and a token that lives is given all the same",
  async () => {
    const { env, expire, kept, key, server, store } = await expiringLogin();
    const { accessToken } = await kept();
    const options = { env, under: ["unshare", "--net"] };
    expect(await run(["token"], options)).toMatchObject({ status: 0, stdout: `${accessToken}\n`, stderr: "" });

    const named = "https://id.example.invalid";
    for (const tokenEndpoint of [server.metadata.tokenEndpoint, `${named}/token`]) {
      const { server: metadata } = await expire();
      const set = await kept();
      const issuer = tokenEndpoint.startsWith(named) ? named : metadata.issuer;
      await store.update(key, () => changedTokenSet(set, { server: { ...metadata, issuer, tokenEndpoint } }));
      const startMs = performance.now();
      const ended = await run(["token"], options);
      expect(performance.now() - startMs).toBeLessThan(15_000);
      expect(ended).toMatchObject({ status: 3, stdout: "" });
      expect(ended.stderr).toMatch(/^error: .* cannot be reached \(E\w+\) \[network\]\n/);
      expect(ended.stderr).toContain(new URL(tokenEndpoint).host);
    }
  },
);

test("F60 a renewal that brings fewer scopes is kept as it is, and says once which ones went", async () => {
  const { expire, kept, orgAuth, server } = await expiringLogin();
  const { scopes } = await expire();
  expect(scopes).toEqual(["openid", "profile", "email"]);
  const body = { access_token: "fake", token_type: "Bearer", expires_in: 3600, scope: "openid" };
  for (const stderr of [
    "warning: the server has taken scopes from this login: profile email\n" +
      "  `org-auth login` asks for them again\n",
    "",
  ]) {
    await expire();
    server.failNext("/token", { status: 200, body });
    expect(await orgAuth("token")).toMatchObject({ status: 0, stdout: "fake\n", stderr });
    expect((await kept()).scopes).toEqual(["openid"]);
  }
});

test("F62 a client that the server no longer knows is told so, and not to sign in again", async () => {
  const { expire, kept, orgAuth, server } = await expiringLogin();
  const before = await expire();
  server.failNext("/token", { status: 401, body: { error: "invalid_client" } });
  const ended = await orgAuth("token");
  expect(ended).toMatchObject({ status: 2, stdout: "" });
  expect(ended.stderr).toContain("the server answered invalid_client [invalid_client]");
  expect(ended.stderr).not.toContain("login`");
  expect(await kept()).toEqual(before);
  expect(await orgAuth("token")).toMatchObject({ status: 0 });
});

test("F51 a network that answers with its own web page is named for what it is, and its page is not printed", async () => {
  const { expire, kept, orgAuth, server } = await expiringLogin();
  const before = await expire();
  const page = { status: 200, headers: { "content-type": "text/html" }, body: "<h1>canary</h1>" };
  server.failNext("/token", page);
  const renewal = await orgAuth("token");
  server.failNext("/.well-known/openid-configuration", page);
  const login = await orgAuth("login", "--device", "--force");
  for (const ended of [renewal, login]) {
    expect(ended).toMatchObject({ status: 3, stdout: "" });
    const { host } = new URL(server.issuer);
    expect(ended.stderr).toContain(`got a web page from ${host}; captive portal or wrong URL? [bad_response]`);
    expect(ended.stderr).not.toContain("canary");
  }
  expect(await kept()).toEqual(before);
});

test("F54 a server that calls itself by another name is asked no more, and nobody signs in", async () => {
  const { env, server } = await setUp();
  const body = { issuer: `${server.issuer}/`, token_endpoint: `${server.issuer}/token` };
  server.failNext("/.well-known/openid-configuration", { status: 200, body });
  const ended = await run(["login", "--device"], { env });
  expect(ended).toMatchObject({ status: 5, stdout: "" });
  expect(ended.stderr).toContain("[issuer_mismatch]");
  expect(server.requests.map(({ path }) => path)).toEqual(["/.well-known/openid-configuration"]);
});

test("F57 without the server's keys nobody signs in, and a login is renewed all the same", async () => {
  const { expire, kept, orgAuth, server, signIn } = await expiringLogin();
  const keys = new URL(server.metadata.jwksUri ?? "").pathname;
  const before = await expire();
  server.failNext(keys, { status: 503 });
  const login = await signIn("--force");
  expect(login).toMatchObject({ status: 3, stdout: "" });
  expect(login.stderr).toContain("[server_unavailable]");
  expect(await kept()).toEqual(before);

  const asked = server.count(keys);
  server.failNext(keys, { status: 503 });
  expect(await orgAuth("token")).toMatchObject({ status: 0, stderr: "" });
  expect(server.count(keys)).toBe(asked);
});

test("F65 a sign-out that the server does not hear of is one here, with a warning and status 7", async () => {
  const { kept, orgAuth, server, signInAgain } = await expiringLogin();
  const revocation = new URL(server.metadata.revocationEndpoint ?? "").pathname;
  for (const [fault, code] of [
    [{ status: 500 }, "server_unavailable"],
    ["reset", "network"],
  ] as const) {
    server.failNext(revocation, fault);
    const ended = await orgAuth("logout");
    expect(ended).toMatchObject({ status: 7, stdout: "" });
    expect(ended.stderr).toMatch(new RegExp(`removed here, but the server could not be told: .* \\[${code}\\]\n$`));
    await expect(kept()).rejects.toThrow("the store keeps nothing");
    await signInAgain();
  }

  const requests = server.requests.length;
  const ended = await orgAuth("logout", "--local-only");
  expect(ended).toMatchObject({ status: 0, stdout: "" });
  expect(ended.stderr).toContain("removed here; the server was not told");
  await expect(kept()).rejects.toThrow("the store keeps nothing");
  expect(server.requests).toHaveLength(requests);
});
