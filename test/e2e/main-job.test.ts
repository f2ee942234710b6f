import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { run, setUp, start } from "./org-auth.ts";

test("a person signs in, calls the API, is renewed without noticing, and signs out", async () => {
  const { server, api, orgAuth, signIn, env } = await setUp();

  const login = await signIn();
  expect(login).toMatchObject({ status: 0, stdout: "" });
  expect(login.stderr).toContain("Signed in as ana");

  const status = await orgAuth("status");
  expect(status).toMatchObject({ status: 0, stderr: "" });
  expect(status.stdout).toContain(`ana at ${server.issuer}`);

  const first = await orgAuth("token");
  expect(first).toMatchObject({ status: 0, stderr: "" });
  expect(first.stdout).toMatch(/^\S+\n$/);
  const me = await orgAuth("curl", "/me");
  expect(me).toMatchObject({ status: 0, stderr: "" });
  expect(JSON.parse(me.stdout)).toMatchObject({ subject: server.person.subject });

  api.refuse(first.stdout.trim());
  const requestsBefore = server.requests.length;
  const renewed = await orgAuth("curl", "/me");
  expect(renewed).toMatchObject({ status: 0, stderr: "" });
  expect(JSON.parse(renewed.stdout)).toMatchObject({ subject: server.person.subject });
  expect(server.requests.slice(requestsBefore)).toMatchObject([{ path: "/token", grantType: "refresh_token" }]);
  const second = await orgAuth("token");
  expect(second.stdout).not.toBe(first.stdout);

  const logout = await orgAuth("logout");
  expect(logout).toMatchObject({ status: 0, stdout: "" });
  expect(logout.stderr).toContain(`revoked at ${server.issuer}`);
  expect(await server.introspect(second.stdout.trim())).toEqual({ active: false });
  expect(readdirSync(join(env.HOME, ".local/share/org-auth/credentials"))).toEqual([]);
  expect(await orgAuth("token")).toMatchObject({ status: 4, stdout: "" });
  expect(await orgAuth("logout")).toMatchObject({ status: 0 });
});

test("4.1-5 an expired token is renewed in a new process by exactly one request, with no discovery", async () => {
  const { server, orgAuth, signIn } = await setUp({ accessTokenLifetimeMs: 1_000 });
  await signIn();
  const { stdout } = await orgAuth("status", "--json");
  const [account] = (JSON.parse(stdout) as { accounts: { expires_at: string }[] }).accounts;
  await untilPast(Date.parse(account?.expires_at ?? ""));

  const requestsBefore = server.requests.length;
  server.setAccessTokenLifetimeMs(3_600_000);
  const token = await orgAuth("token");
  expect(token).toMatchObject({ status: 0, stderr: "" });
  expect(await server.introspect(token.stdout.trim())).toMatchObject({ active: true, subject: server.person.subject });
  expect(server.requests.slice(requestsBefore)).toMatchObject([{ path: "/token", grantType: "refresh_token" }]);
});

test("twenty processes that meet an expired token share one renewal, with rotation and reuse detection on", async () => {
  const { server, orgAuth, signIn } = await setUp({ accessTokenLifetimeMs: 1_000 });
  await signIn();
  const { stdout } = await orgAuth("status", "--json");
  const [account] = (JSON.parse(stdout) as { accounts: { expires_at: string }[] }).accounts;
  await untilPast(Date.parse(account?.expires_at ?? ""));
  server.setAccessTokenLifetimeMs(3_600_000);
  server.delayTokenResponsesMs = 500;

  const ended = await Promise.all(Array.from({ length: 20 }, () => orgAuth("token")));
  expect(ended.map(({ status, stderr }) => ({ status, stderr }))).toEqual(Array(20).fill({ status: 0, stderr: "" }));
  expect(new Set(ended.map(({ stdout }) => stdout)).size).toBe(1);
  expect(server.tokenRequests("refresh_token")).toBe(1);
  expect(server.refreshTokenReuses).toBe(0);
});

test("what a sign-in was told on the command line need not be told again", async () => {
  const { server, api, person, env } = await setUp();
  const bare = { HOME: env.HOME, PATH: env.PATH };
  const place = ["--issuer", server.issuer, "--client-id", server.nativeClientId, "--api-url", api.baseUrl];
  const login = start(["login", "--no-browser", "--store", "file", ...place], { env: bare });
  await person.signIn(await login.said(/^ +(http\S+\/auth\?\S+)$/m));
  expect((await login.ended).status).toBe(0);

  const me = await run(["curl", "/me"], { env: bare });
  expect(me).toMatchObject({ status: 0, stderr: "" });
  expect((await run(["token"], { env: bare })).stdout).toMatch(/^\S+\n$/);
  expect((await run(["status"], { env: bare })).status).toBe(0);
  expect((await run(["logout"], { env: bare })).status).toBe(0);
});

test("two profiles are two logins that do not disturb one another", async () => {
  const { orgAuth, signIn, server } = await setUp();
  await signIn();
  await signIn("--profile", "work");
  const [standard, work] = [await orgAuth("token"), await orgAuth("token", "--profile", "work")];
  expect(standard.stdout).not.toBe(work.stdout);
  await orgAuth("logout");
  expect((await orgAuth("token")).status).toBe(4);
  expect((await orgAuth("token", "--profile", "work")).stdout).toBe(work.stdout);
  expect(await server.introspect(work.stdout.trim())).toMatchObject({ active: true });
});

test("B.3-5 a login in a memory store is gone when the command ends, and touches no disk", async () => {
  const { signIn, orgAuth, env } = await setUp();
  expect((await signIn("--store", "memory")).status).toBe(0);
  expect(existsSync(join(env.HOME, ".local"))).toBe(false);
  expect((await orgAuth("token")).status).toBe(4);
});

test("F61 a session that the server has ended says so, is kept and asks no more", async () => {
  const { server, orgAuth, signIn } = await setUp();
  await signIn();
  const token = (await orgAuth("token")).stdout.trim();
  server.endSession();
  const first = await orgAuth("curl", "/me");
  expect(first).toMatchObject({ status: 4, stdout: "" });
  expect(first.stderr).toContain("[login_required]");
  expect(first.stderr).toContain("run `org-auth login`");
  expect(first.stderr).not.toContain(token);

  const requestsBefore = server.requests.length;
  expect((await orgAuth("token")).status).toBe(4);
  expect(server.requests.length).toBe(requestsBefore);
  const status = await orgAuth("status");
  expect(status).toMatchObject({ status: 4 });
  expect(status.stdout).toContain("ended by the server");
});

test("a machine signs in by its client id and secret from the environment", async () => {
  const { server, api, env } = await setUp();
  const { clientId, clientSecret } = server.confidentialClient;
  const machine = {
    HOME: env.HOME,
    PATH: env.PATH,
    ORG_AUTH_ISSUER: server.issuer,
    ORG_AUTH_CLIENT_ID: clientId,
    ORG_AUTH_CLIENT_SECRET: clientSecret,
    ORG_AUTH_API_URL: api.baseUrl,
    ORG_AUTH_SCOPE: "api:read",
    CI: "true",
  };
  const me = await run(["curl", "/me"], { env: machine });
  expect(me).toMatchObject({ status: 0, stderr: "" });
  expect(JSON.parse(me.stdout)).toMatchObject({ clientId, scopes: ["api:read"] });
  expect(server.tokenRequests("client_credentials")).toBe(1);
  expect(existsSync(join(env.HOME, ".local"))).toBe(false);
});

/** Waits until the real clock, by which tokens die, has passed a moment. */
async function untilPast(timeMs: number): Promise<void> {
  while (Date.now() <= timeMs) await new Promise((resolve) => setTimeout(resolve, timeMs - Date.now() + 1));
}
