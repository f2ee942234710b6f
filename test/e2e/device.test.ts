import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { run, setUp, start, tempHome } from "./org-auth.ts";

interface ActionRequired {
  readonly login_id: string;
  readonly user_code: string;
  readonly verification_uri: string;
  readonly resume: readonly string[];
}

test("B.1-19 B.5-6 a person signs in on another device: address and code are shown first, then the login waits", async () => {
  const { server, person, env, orgAuth } = await setUp();
  const login = start(["login", "--device"], { env });
  const verificationUri = await login.said(/Open +(\S+)/);
  const userCode = await login.said(/Confirm +(\S+)/);
  await person.approveDevice({ verificationUri, userCode });
  expect(await login.ended).toMatchObject({ status: 0, stdout: "" });
  const me = await orgAuth("curl", "/me");
  expect(JSON.parse(me.stdout)).toMatchObject({ subject: server.person.subject });
});

test("a device login that is refused is status 5", async () => {
  const { person, env, orgAuth } = await setUp();
  const login = start(["login", "--device"], { env });
  await person.denyDevice({
    verificationUri: await login.said(/Open +(\S+)/),
    userCode: await login.said(/Confirm +(\S+)/),
  });
  const { status, stderr } = await login.ended;
  expect({ status, code: /\[(\w+)\]/.exec(stderr)?.[1] }).toEqual({ status: 5, code: "access_denied" });
  expect((await orgAuth("token")).status).toBe(4);
});

test("nobody approves in time: status 124, and nothing is kept", async () => {
  const { orgAuth, env } = await setUp();
  const login = await orgAuth("login", "--device", "--timeout", "1");
  expect(login.status).toBe(124);
  expect(login.stderr).toContain("[login_timeout]");
  expect(await orgAuth("token")).toMatchObject({ status: 4 });
  expect(env.HOME).toBeDefined();
});

test("a program starts a login, hands the code to a person and resumes it in later processes", async () => {
  const { server, person, env, orgAuth } = await setUp();
  const started = await orgAuth("login", "--device", "--no-wait", "--json", "--profile", "agent");
  expect(started).toMatchObject({ status: 8, stderr: "" });
  const required = JSON.parse(started.stdout) as ActionRequired;
  expect(required).toMatchObject({
    schemaVersion: 1,
    state: "action_required",
    interval: 5,
    resume: ["org-auth", "login", "--resume", required.login_id],
  });

  const folder = join(env.HOME, ".local/share/org-auth/credentials");
  const [file = ""] = readdirSync(folder);
  expect(statSync(join(folder, file)).mode & 0o777).toBe(0o600);
  const { credential } = JSON.parse(readFileSync(join(folder, file), "utf8")) as { credential: { deviceCode: string } };
  expect(started.stdout).not.toContain(credential.deviceCode);

  const resume = (...args: string[]) => orgAuth(...required.resume.slice(1), ...args);
  const pending = await resume("--json", "--timeout", "0");
  expect(pending).toMatchObject({ status: 8, stderr: "" });
  expect(JSON.parse(pending.stdout)).toMatchObject({ schemaVersion: 1, state: "pending" });
  expect((await orgAuth("status", "--profile", "agent")).status).toBe(4);

  const { verification_uri: verificationUri, user_code: userCode } = required;
  await person.approveDevice({ verificationUri, userCode });
  const complete = await resume("--json", "--timeout", "0");
  expect(complete).toMatchObject({ status: 0, stderr: "" });
  const { subject } = server.person;
  expect(JSON.parse(complete.stdout)).toMatchObject({ state: "complete", profile: "agent", account: { subject } });

  expect(await resume("--json")).toMatchObject({ status: 4 });
  expect((await orgAuth("token", "--profile", "agent")).status).toBe(0);
  expect(readdirSync(folder)).toHaveLength(1);
});

test("a resumed login that was refused is over", async () => {
  const { person, env, orgAuth } = await setUp();
  const started = await orgAuth("login", "--device", "--no-wait", "--json");
  const { login_id, verification_uri, user_code } = JSON.parse(started.stdout) as ActionRequired;
  await person.denyDevice({ verificationUri: verification_uri, userCode: user_code });
  expect((await orgAuth("login", "--resume", login_id, "--timeout", "0")).status).toBe(5);
  expect(readdirSync(join(env.HOME, ".local/share/org-auth/credentials"))).toEqual([]);
  expect((await orgAuth("login", "--resume", login_id, "--timeout", "0")).status).toBe(4);
});

test("what a site says of proofs and of JSON counts as well when a login is resumed", async () => {
  const { api, env, home, person, server } = await setUp({ dpop: true, jsonTokenRequests: true });
  mkdirSync(join(home, ".config/org-auth"), { recursive: true });
  const fields = [
    `issuer = "${server.issuer}"`,
    `client_id = "${server.nativeClientId}"`,
    `api_url = "${api.baseUrl}"`,
    "dpop = true",
    "json_token_requests = true",
  ];
  writeFileSync(join(home, ".config/org-auth/config.toml"), `[sites.acme]\n${fields.join("\n")}\n`);
  const bare = { HOME: home, PATH: env.PATH, ORG_AUTH_STORE: "file" };
  const started = await run(["login", "--device", "--no-wait", "--json"], { env: bare });
  const { resume, verification_uri, user_code } = JSON.parse(started.stdout) as ActionRequired;
  await person.approveDevice({ verificationUri: verification_uri, userCode: user_code });
  expect(await run([...resume.slice(1), "--timeout", "0"], { env: bare })).toMatchObject({ status: 0 });
  const echo = await run(["curl", "/echo"], { env: bare });
  expect(JSON.parse(echo.stdout)).toMatchObject({ headers: { authorization: "DPoP" } });
});

test("B.1-19 a server without device codes is said to have none, and B.5-6 the configuration may name where they are", async () => {
  const { env, server } = await setUp();
  const metadata = await fetch(`${server.issuer}/.well-known/openid-configuration`);
  const { device_authorization_endpoint: endpoint, ...without } = (await metadata.json()) as Record<string, unknown>;
  const home = tempHome();
  mkdirSync(join(home, ".config/org-auth"), { recursive: true });
  const config = join(home, ".config/org-auth/config.toml");
  const bare = { HOME: home, PATH: env.PATH, ORG_AUTH_STORE: "file" };
  const site = `[sites.acme]\nissuer = "${server.issuer}"\nclient_id = "${server.nativeClientId}"\n`;

  writeFileSync(config, site);
  server.failNext("/.well-known/openid-configuration", { status: 200, body: without });
  const none = await run(["login", "--device", "--no-wait"], { env: bare });
  expect(none).toMatchObject({ status: 1, stdout: "" });
  expect(none.stderr).toContain(`${server.issuer} has no device authorization endpoint [unsupported_by_server]`);

  writeFileSync(config, `${site}endpoints = { device_authorization = "${String(endpoint)}" }\n`);
  server.failNext("/.well-known/openid-configuration", { status: 200, body: without });
  expect(await run(["login", "--device", "--no-wait", "--json"], { env: bare })).toMatchObject({ status: 8 });
});

test.skipIf(process.platform === "win32")(
  "B.1-19 4.1-26 with --device --browser the code's page is opened once it has been shown, and only if it is the issuer's",
  async () => {
    const { env, person, server } = await setUp();
    const folder = tempHome();
    const mark = join(folder, "opened");
    const browser = join(folder, "browser");
    writeFileSync(browser, `#!/bin/sh\necho "$1" > '${mark}'\nexit 1\n`, { mode: 0o755 });
    const login = start(["login", "--device", "--browser"], { env: { ...env, BROWSER: browser } });
    const verificationUri = await login.said(/Open +(\S+)/);
    const userCode = await login.said(/Confirm +(\S+)/);
    await person.approveDevice({ verificationUri, userCode });
    expect((await login.ended).status).toBe(0);
    expect(readFileSync(mark, "utf8")).toBe(`${verificationUri}?user_code=${userCode}\n`);

    writeFileSync(mark, "");
    const elsewhere = "http://127.0.0.1:9/device";
    const answer = { device_code: "fake", user_code: "WDJB-MJHT", verification_uri: elsewhere, expires_in: 60 };
    server.failNext("/device/auth", { status: 200, body: answer });
    const other = start(["login", "--device", "--browser", "--force"], { env: { ...env, BROWSER: browser } });
    expect(await other.said(/Open +(\S+)/)).toBe(elsewhere);
    await other.said(/Waiting for the other device/);
    other.child.kill("SIGINT");
    expect((await other.ended).status).toBe(130);
    expect(readFileSync(mark, "utf8")).toBe("");
  },
);
