import { existsSync, readdirSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { expect, test } from "vitest";
import { setUp, start } from "./org-auth.ts";
import { hasTerminals, orgAuthLine, startAtTerminal } from "./terminal.ts";

test("F70 Ctrl-C while waiting for the browser is status 130: the port is free and nothing is kept", async () => {
  const { env } = await setUp();
  const login = start(["login", "--no-browser"], { env });
  const url = new URL(await login.said(/^ +(http\S+\/auth\?\S+)$/m));
  login.child.kill("SIGINT");
  const { status, stderr } = await login.ended;
  expect(status).toBe(130);
  expect(stderr).toContain("Cancelled.");

  const { port } = new URL(url.searchParams.get("redirect_uri") ?? "");
  const refusal = await new Promise((resolve) => connect(Number(port), "127.0.0.1").on("error", resolve));
  expect(refusal).toMatchObject({ code: "ECONNREFUSED" });
  const folder = join(env.HOME, ".local/share/org-auth/credentials");
  expect(existsSync(folder) ? readdirSync(folder) : []).toEqual([]);
});

test("F33 a signal, a closed terminal's too, that arrives while a renewal is on its way waits until what comes back is saved", async () => {
  for (const [signal, status] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 143],
  ] as const) {
    const { env, server, orgAuth, signIn, api } = await setUp();
    await signIn();
    const before = (await orgAuth("token")).stdout.trim();
    server.delayTokenResponsesMs = 1_000;
    api.refuse(before);

    const curl = start(["curl", "/me"], { env });
    while (server.tokenRequests("refresh_token") === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    curl.child.kill(signal);
    expect(await curl.ended).toMatchObject({ status, stdout: "" });

    const after = (await orgAuth("token")).stdout.trim();
    expect(after).not.toBe(before);
    expect(await server.introspect(after)).toMatchObject({ active: true });
    expect(server.tokenRequests("refresh_token")).toBe(1);
  }
});

test("a process that is killed while it renews leaves the lock free and the login whole", async () => {
  const { env, server, orgAuth, signIn, api } = await setUp({ rotateRefreshTokens: false });
  await signIn();
  const before = (await orgAuth("token")).stdout.trim();
  server.delayTokenResponsesMs = 2_000;
  api.refuse(before);
  const curl = start(["curl", "/me"], { env });
  while (server.tokenRequests("refresh_token") === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  curl.child.kill("SIGKILL");
  await curl.ended;

  server.delayTokenResponsesMs = 0;
  const next = await orgAuth("curl", "/me");
  expect(next).toMatchObject({ status: 0, stderr: "" });
  const folder = join(env.HOME, ".local/share/org-auth/credentials");
  for (const file of readdirSync(folder))
    expect(() => JSON.parse(readFileSync(join(folder, file), "utf8")) as unknown).not.toThrow();
});

test("F33 a signal does not wait for an answer that does not come, nor a second one for anything", async () => {
  for (const [delayMs, isTwice] of [
    [6_000, false],
    [1_500, true],
  ] as const) {
    const { env, server, orgAuth, signIn, api } = await setUp();
    await signIn();
    const before = (await orgAuth("token")).stdout;
    server.delayTokenResponsesMs = delayMs;
    api.refuse(before.trim());

    const curl = start(["curl", "/me"], { env });
    while (server.tokenRequests("refresh_token") === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    curl.child.kill("SIGINT");
    await curl.said(/Cancelled\./);
    if (isTwice) curl.child.kill("SIGINT");
    const ended = await curl.ended;
    expect(ended).toMatchObject(isTwice ? { status: null, signal: "SIGINT" } : { status: 130 });
    // What had come by then would have been kept.
    expect((await orgAuth("token")).stdout).toBe(before);
  }
});

test.skipIf(!hasTerminals)(
  "F33 a terminal that is closed while a renewal is on its way loses nothing of it",
  async () => {
    const { env, server, orgAuth, signIn, api } = await setUp();
    await signIn();
    const before = (await orgAuth("token")).stdout;
    server.delayTokenResponsesMs = 500;
    api.refuse(before.trim());
    const curl = startAtTerminal(orgAuthLine("curl", "/me"), { env });
    while (server.tokenRequests("refresh_token") === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    curl.close();

    let after = before;
    while (after === before) after = (await orgAuth("token")).stdout;
    expect(await server.introspect(after.trim())).toMatchObject({ active: true });
    expect(server.tokenRequests("refresh_token")).toBe(1);
  },
);
