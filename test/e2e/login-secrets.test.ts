import { existsSync, readdirSync, readFileSync } from "node:fs";
import { startRecordingServer } from "@org/auth-testing";
import { expect, onTestFinished, test } from "vitest";
import { jwtEnding } from "./jwt-ending.ts";
import { loginFile } from "./login-file.ts";
import { run, setUp, type Ended } from "./org-auth.ts";
import { hasTerminals, orgAuthLine, startAtTerminal } from "./terminal.ts";

const basicClient = { clientId: "basic-client", authMethod: "none" } as const;

test("4.8-89 an API key is read from standard input, is kept, and is what the API gets", async () => {
  const { env, home, server } = await setUp();
  const api = await startRecordingServer();
  onTestFinished(() => api.close());
  const own = { ...env, ORG_AUTH_API_URL: api.origin };
  const login = await run(["login", "--with-token"], { env: own, input: " CANARY-key \n" });
  expect(login).toMatchObject({ status: 0, stdout: "" });
  expect(login.stderr).toContain("by an API key");
  expect(login.stderr).not.toContain("CANARY");
  expect(server.requests).toEqual([]);

  expect(await run(["token"], { env: own })).toMatchObject({ status: 0, stdout: "CANARY-key\n" });
  expect((await run(["curl", "/x"], { env: own })).status).toBe(0);
  expect(api.requests).toMatchObject([{ headers: { authorization: "Bearer CANARY-key" } }]);
  const status = await run(["status", "--json"], { env: own });
  expect(status.stdout).not.toContain("CANARY");
  expect(JSON.parse(status.stdout)).toMatchObject({ accounts: [{ kind: "api-key", state: "valid", chosen: true }] });

  // Another one takes its place, without --force; what is no key does not.
  const json = await run(["login", "--with-token", "--json"], { env: own, input: "CANARY-other" });
  expect(json).toMatchObject({ status: 0, stderr: "" });
  expect(json.stdout).not.toContain("CANARY");
  expect(JSON.parse(json.stdout)).toMatchObject({ state: "complete", kind: "api-key", scopes: [], store: "file" });
  const before = readFileSync(loginFile(home), "utf8");
  for (const [input, status, code] of [
    ["", 2, "usage"],
    ["\n", 2, "usage"],
    ["CANARY two words", 2, "usage"],
    ["CANARY\nlines", 2, "usage"],
    ["CANARY-\u00e9", 2, "usage"],
    ["CANARY-\u0000", 2, "usage"],
    [`CANARY${"x".repeat(65_536)}`, 2, "usage"],
    [jwtEnding(Date.now() - 5000), 2, "config_invalid"],
  ] as const) {
    const ended = await run(["login", "--with-token"], { env: own, input });
    expect(ended, JSON.stringify(input.slice(0, 20))).toMatchObject({ status, stdout: "" });
    expect(ended.stderr).toContain(`[${code}]`);
    expect(ended.stderr).not.toContain("CANARY");
  }
  expect(readFileSync(loginFile(home), "utf8")).toBe(before);
});

test.skipIf(process.platform === "win32")("what has no end is no key, and is not waited for", async () => {
  const { env } = await setUp();
  const under = ["sh", "-c", 'exec "$@" </dev/zero', "sh"];
  const ended = await run(["login", "--with-token"], { env, under });
  expect(ended).toMatchObject({ status: 2, stdout: "" });
  expect(ended.stderr).toContain("[usage]");
});

test("4.8-89 a secret on the command line is refused, and not repeated", async () => {
  const { env, home } = await setUp();
  for (const [args, code] of [
    [["--with-token", "CANARY-key"], "secret_in_argv"],
    [["--with-token=CANARY-key"], "secret_in_argv"],
    [["--json", "--with-token", "CANARY-key"], "secret_in_argv"],
    [["--basic", "--password", "CANARY-key"], "usage"],
    [["--basic", "--password=CANARY-key"], "usage"],
    [["--api-key", "CANARY-key"], "usage"],
    [["--client-secret=CANARY-key"], "usage"],
    [["CANARY-key"], "usage"],
  ] as const) {
    const { status, stdout, stderr } = await run(["login", ...args], { env, input: "" });
    expect({ status, said: stdout + stderr }, args.join(" ")).toMatchObject({ status: 2 });
    expect(stdout + stderr).toContain(code);
    expect(stdout + stderr).not.toContain("CANARY");
  }
  expect(readdirSync(home)).toEqual([]);
});

test.skipIf(!hasTerminals)("a key is pasted at a terminal without being shown", async () => {
  const { env, orgAuth } = await setUp();
  const login = startAtTerminal(orgAuthLine("login", "--with-token"), { env });
  await login.shows(/Paste the key, then press Enter \(it is not shown\): /);
  login.type("CANARY-key\r");
  const { screen, status } = await login.ended;
  expect({ screen, status }).toMatchObject({ status: 0 });
  expect(screen).not.toContain("CANARY");
  expect(await orgAuth("token")).toMatchObject({ stdout: "CANARY-key\n" });
});

test.skipIf(!hasTerminals)(
  "B.1-15 B.1-35 with --basic a warning comes first, then user name and password are asked for, the latter unseen",
  async () => {
    const { env, home, server } = await setUp({ clients: [basicClient] });
    const own = { ...env, ORG_AUTH_CLIENT_ID: basicClient.clientId, ORG_AUTH_SCOPE: "openid api:read" };
    const signIn = async (password: string): Promise<{ status: number | null; screen: string }> => {
      const login = startAtTerminal(orgAuthLine("login", "--basic"), { env: own });
      await login.shows(/User name at \S+: /);
      login.type(`${server.person.username}\r`);
      await login.shows(/Password \(not shown\): /);
      login.type(`${password}\r`);
      return await login.ended;
    };
    const wrong = await signIn("CANARY-wrong");
    expect(wrong.status).toBe(4);
    expect(wrong.screen).toContain("[invalid_grant]");
    expect(wrong.screen).not.toContain("CANARY");
    expect(existsSync(loginFile(home))).toBe(false);

    const { screen, status } = await signIn(server.person.password);
    expect({ screen, status }).toMatchObject({ status: 0 });
    expect(screen).toMatch(/^warning: signing in with a password is deprecated/);
    expect(screen).not.toContain(server.person.password);
    expect(readFileSync(loginFile(home), "utf8")).not.toContain(JSON.stringify(server.person.password).slice(1, -1));
    const me = await run(["curl", "/me"], { env: own });
    expect(JSON.parse(me.stdout)).toMatchObject({ subject: server.person.subject });

    const empty = startAtTerminal(orgAuthLine("login", "--basic", "--force"), { env: own });
    await empty.shows(/User name at \S+: /);
    empty.type("\r");
    await empty.shows(/Password \(not shown\): /);
    empty.type("\r");
    expect((await empty.ended).status).toBe(2);
  },
);

test("4.11-109 a key takes the place of an account's login only with --force, which ends that login or says that it lives on", async () => {
  const { env, home, orgAuth, server, signIn } = await setUp();
  const revocations = (): number => server.count(server.metadata.revocationEndpoint ?? "");
  const give = (...args: string[]): Promise<Ended> =>
    run(["login", "--with-token", "--profile", "work", ...args], { env, input: "CANARY-key\n" });
  await signIn("--profile", "work");
  const before = readFileSync(loginFile(home), "utf8");

  const refused = await give();
  expect(refused).toMatchObject({ status: 5, stdout: "" });
  expect(refused.stderr).toContain(
    'error: the profile "work" is for ana, and nothing says whose this key is [wrong_account]',
  );
  expect(refused.stderr).toMatch(/fix: give --profile another name; or --force/);
  expect(readFileSync(loginFile(home), "utf8")).toBe(before);
  expect(revocations()).toBe(0);

  const { accessToken } = (JSON.parse(before) as { credential: { accessToken: string } }).credential;
  const forced = await give("--force");
  expect(forced.status, forced.stderr).toBe(0);
  expect(forced.stderr).toContain("Signed out ana, whom this key replaces.");
  expect(await server.introspect(accessToken)).toMatchObject({ active: false });
  expect((await orgAuth("token", "--profile", "work")).stdout).toBe("CANARY-key\n");

  await signIn("--profile", "work", "--force");
  server.failNext(server.metadata.revocationEndpoint ?? "", { status: 400, body: { error: "invalid_request" } });
  const lived = await give("--force", "--json");
  expect(lived.status, lived.stderr).toBe(0);
  expect(JSON.parse(lived.stdout)).toMatchObject({ state: "complete", kind: "api-key" });
  expect(lived.stderr).toMatch(/^warning: the login of ana, which this key replaces, lives on: .+ \[server_error\]$/m);
});
