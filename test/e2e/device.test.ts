import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { setUp, start } from "./org-auth.ts";

interface ActionRequired {
  readonly login_id: string;
  readonly user_code: string;
  readonly verification_uri: string;
  readonly resume: readonly string[];
}

test("a person signs in on another device: address and code are shown first, then the login waits", async () => {
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
