import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startApiKeys } from "@org/auth-testing";
import { expect, onTestFinished, test } from "vitest";
import { jwtEnding } from "./jwt-ending.ts";
import { loginFile } from "./login-file.ts";
import { run, setUp, start } from "./org-auth.ts";
import { hasTerminals, orgAuthLine, startAtTerminal } from "./terminal.ts";

const address = /^ +(http\S+\/auth\?\S+)$/m;

test("B.1-9 B.1-35 where there is a login that is good no second one is made, and nobody is asked for anything", async () => {
  const { env, home, orgAuth, server, signIn } = await setUp();
  await signIn();
  const before = readFileSync(loginFile(home), "utf8");
  const requests = server.requests.length;
  for (const args of [["login"], ["login", "--no-browser"], ["login", "--device", "--no-wait"], ["login", "--basic"]]) {
    const again = await orgAuth(...args);
    expect(again, args.join(" ")).toMatchObject({ status: 0, stdout: "" });
    expect(again.stderr).toBe("Already signed in as ana. To sign in anew give --force.\n");
  }
  const json = await orgAuth("login", "--json");
  expect(json).toMatchObject({ status: 0, stderr: "" });
  const { subject } = server.person;
  expect(JSON.parse(json.stdout)).toMatchObject({
    state: "complete",
    kind: "token-set",
    store: "file",
    account: { subject },
  });
  expect(server.requests.length).toBe(requests);
  expect(readFileSync(loginFile(home), "utf8")).toBe(before);

  await server.close();
  expect((await run(["login"], { env })).status).toBe(0);
});

test("B.1-9 with --force, after its end, or for more than it is good for, a login is made anew", async () => {
  const { api, home, orgAuth, person, server, signIn, env } = await setUp();
  await signIn();
  const first = readFileSync(loginFile(home), "utf8");
  expect((await signIn("--force")).status).toBe(0);
  const second = readFileSync(loginFile(home), "utf8");
  expect(second).not.toBe(first);

  // For more: scopes, an API, a store.
  for (const more of [
    ["--scope", "openid offline_access api:write"],
    ["--api-url", "http://127.0.0.1:9/v1"],
    ["--audience", "other"],
  ]) {
    const asked = await orgAuth("login", "--no-browser", "--timeout", "0", ...more);
    expect({ ...asked, more }).toMatchObject({ status: 124 });
  }
  const elsewhere = { ...env, ORG_AUTH_STORE: "passphrase", ORG_AUTH_STORE_PASSPHRASE: "test-only" };
  const sealed = start(["login", "--no-browser"], { env: elsewhere });
  await person.signIn(await sealed.said(address));
  expect((await sealed.ended).status).toBe(0);

  // The server has ended it, and we know.
  api.refuse((await run(["token"], { env: elsewhere })).stdout.trim());
  server.endSession();
  expect((await run(["curl", "/me"], { env: elsewhere })).status).toBe(4);
  const last = start(["login", "--no-browser"], { env: elsewhere });
  await person.signIn(await last.said(address));
  expect((await last.ended).status).toBe(0);
});

test("B.1-9 B.1-25 a login by a key that has ended is none", async () => {
  const { env, orgAuth } = await setUp();
  const endsAtMs = Math.ceil(Date.now() / 1000 + 2) * 1000;
  const given = await run(["login", "--with-token"], { env, input: `${jwtEnding(endsAtMs)}\n` });
  expect(given).toMatchObject({ status: 0, stdout: "" });
  expect((await orgAuth("login")).stderr).toContain("Already signed in");
  while (Date.now() < endsAtMs) await new Promise((resolve) => setTimeout(resolve, endsAtMs - Date.now()));
  expect(await orgAuth("login")).toMatchObject({ status: 4, stdout: "" });
});

test("a second sign-in at a site that is known asks for no metadata, and one with --force does", async () => {
  const { env, home, server, signIn } = await setUp();
  const discoveries = (): number => server.count("/.well-known/openid-configuration");
  await signIn();
  expect(discoveries()).toBe(1);
  const requests = server.requests.length;
  const first = server.requests.map(({ path }) => path).filter((path) => path === "/token" || path === "/jwks");
  await signIn("--profile", "second");
  expect(discoveries()).toBe(1);
  const ours = server.requests.slice(requests).map(({ path }) => path);
  expect(ours.filter((path) => path === "/token" || path === "/jwks")).toEqual(first);
  await signIn("--force");
  expect(discoveries()).toBe(2);

  // What an attempt fails for may have changed at the server.
  server.failNext("/token", { status: 503 });
  expect((await signIn("--profile", "third")).status).toBe(3);
  await signIn("--profile", "third");
  expect(discoveries()).toBe(2);
  server.failNext("/token", { status: 200, body: "no JSON" });
  expect((await signIn("--profile", "fourth")).status).toBe(3);
  await signIn("--profile", "fourth");
  expect(discoveries()).toBe(3);
  expect(env.HOME).toBe(home);
});

test("another account than the profile is for is refused: status 5, nothing kept, its tokens revoked", async () => {
  const { home, orgAuth, server, signIn } = await setUp();
  await signIn();
  const file = loginFile(home);
  const text = readFileSync(file, "utf8").replace(server.person.subject, "somebody-else").replace('"ana"', '"bob"');
  writeFileSync(file, text);

  const other = await signIn("--force");
  expect(other).toMatchObject({ status: 5, stdout: "" });
  expect(other.stderr).toContain('you have signed in as ana, but the profile "default" is for bob [wrong_account]');
  expect(other.stderr).toContain("org-auth login --prompt-account");
  expect(readFileSync(file, "utf8")).toBe(text);
  expect(server.count(server.metadata.revocationEndpoint ?? "")).toBe(1);
  const { credential } = JSON.parse(text) as { credential: { accessToken: string } };
  expect(await server.introspect(credential.accessToken)).toMatchObject({ active: true });

  const elsewhere = await signIn("--profile", "ana");
  expect(elsewhere.status).toBe(0);
  await orgAuth("logout");
  expect((await signIn()).status).toBe(0);
});

test("with --prompt-account the server is to ask which account it is", async () => {
  const { env } = await setUp();
  const login = start(["login", "--no-browser", "--prompt-account"], { env });
  const { searchParams } = new URL(await login.said(address));
  expect(searchParams.get("prompt")).toBe("select_account");
});

test("with --json a browser login answers in one document, and the address goes to standard error", async () => {
  const { server, signIn } = await setUp();
  const { status, stdout, stderr } = await signIn("--json");
  expect({ status, stderr }).toMatchObject({ status: 0 });
  const { subject, username } = server.person;
  expect(JSON.parse(stdout)).toMatchObject({
    schemaVersion: 1,
    state: "complete",
    issuer: server.issuer,
    profile: "default",
    account: { subject, username },
    kind: "token-set",
    store: "file",
  });
  expect(stderr).toContain("/auth?");
});

test("B.1-16 signing out twice is fine, and each time says what was done", async () => {
  const { orgAuth, signIn } = await setUp();
  await signIn();
  expect((await orgAuth("logout")).stderr).toContain("Signed out ana.");
  expect(await orgAuth("logout")).toMatchObject({ status: 0, stdout: "", stderr: "Nobody was signed in.\n" });
  await signIn();
  for (const document of [
    { removed: true, revocation: "revoked" },
    { removed: false, revocation: "skipped" },
  ]) {
    const { status, stdout, stderr } = await orgAuth("logout", "--json");
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(JSON.parse(stdout)).toEqual({ schemaVersion: 1, ...document });
  }
});

test("B.1-38 who is not signed in is told how to be, at a terminal too, and is not asked", async () => {
  const { env, server } = await setUp();
  const hint = /run `org-auth login`/;
  const piped = await run(["curl", "/me"], { env });
  expect(piped).toMatchObject({ status: 4, stdout: "" });
  expect(piped.stderr).toMatch(hint);
  if (hasTerminals) {
    const { screen, status } = await startAtTerminal(orgAuthLine("curl", "/me"), { env }).ended;
    expect(status).toBe(4);
    expect(screen).toMatch(hint);
  }
  expect(server.requests).toEqual([]);
});

test("B.1-14 a login that leaves an API key costs one request more, and the key is kept in place of the tokens", async () => {
  const { env, home, person, server } = await setUp();
  const keys = await startApiKeys({ introspect: server.introspect });
  onTestFinished(() => keys.close());
  mkdirSync(join(home, ".config/org-auth"), { recursive: true });
  const table = (name: string, more: string): string =>
    `[sites.${name}]\nissuer = "${server.issuer}"\nclient_id = "${server.nativeClientId}"\napi_url = "${keys.origin}"\n${more}`;
  const minting = `api_keys_urls = ["${keys.apiKeysUrl}"]\nlogin_keeps = "api-key"\n`;
  writeFileSync(join(home, ".config/org-auth/config.toml"), table("tokens", "") + table("keys", minting));
  const bare = { HOME: home, PATH: env.PATH, ORG_AUTH_STORE: "file" };
  const requestsOf = async (...args: string[]): Promise<number> => {
    const before = server.requests.length;
    const login = start(["login", "--no-browser", ...args], { env: bare });
    await person.signIn(await login.said(address));
    expect(await login.ended).toMatchObject({ status: 0, stdout: "" });
    return server.requests.length - before;
  };

  await requestsOf("--site", "tokens"); // Now the server is known.
  const ofTokens = await requestsOf("--site", "tokens", "--profile", "again");
  expect(keys.requests).toEqual([]);
  expect(await requestsOf("--site", "keys", "--profile", "key")).toBe(ofTokens);
  expect(keys.requests).toMatchObject([{ method: "POST", path: "/api-keys" }]);

  const key = ["--site", "keys", "--profile", "key"];
  const { stdout: token } = await run(["token", ...key], { env: bare });
  expect(await keys.introspect(token.trim())).toMatchObject({ active: true, subject: server.person.subject });
  expect((await run(["login", ...key], { env: bare })).stderr).toContain("Already signed in as ana");
  expect(await run(["whoami", ...key], { env: bare })).toMatchObject({ stdout: `ana at ${server.issuer}\n` });

  const logout = await run(["logout", ...key], { env: bare });
  expect(logout).toMatchObject({ status: 0, stdout: "" });
  expect(logout.stderr).toMatch(/Signed out ana\.\n {2}removed here; the API key \(\S+\) itself lives on at the API\n/);
  expect((await run(["token", ...key], { env: bare })).status).toBe(4);
  expect(await keys.introspect(token.trim())).toMatchObject({ active: true });

  // Where none is made nothing is kept, and the tokens are taken back.
  keys.failNext("/api-keys", { status: 200, body: { api_key: "CANARY" } });
  const failing = start(["login", "--no-browser", ...key], { env: bare });
  await person.signIn(await failing.said(address));
  const { status, stderr } = await failing.ended;
  expect({ status, stderr }).toMatchObject({ status: 3 });
  expect(stderr).not.toContain("CANARY");
  expect(server.count(server.metadata.revocationEndpoint ?? "")).toBe(1);
  expect((await run(["token", ...key], { env: bare })).status).toBe(4);
});

test("4.1-19 what a server says that a person is called reaches no terminal as it is", async () => {
  const { home, orgAuth, signIn } = await setUp();
  await signIn();
  const file = loginFile(home);
  writeFileSync(file, readFileSync(file, "utf8").replace('"ana"', JSON.stringify("\u001b[2Jana\u202e")));
  const safe = "\\x1b[2Jana\\u202e";
  expect((await orgAuth("login")).stderr).toContain(`Already signed in as ${safe}.`);
  expect((await orgAuth("whoami")).stdout).toContain(`${safe} at `);
  expect((await signIn("--force")).status).toBe(0);
  writeFileSync(file, readFileSync(file, "utf8").replace('"ana"', JSON.stringify("\u001b[2Jana\u202e")));
  expect((await orgAuth("logout")).stderr).toContain(`Signed out ${safe}.`);
});

test.skipIf(!hasTerminals)("F78 at a terminal a person without a keyring is asked where the login may go", async () => {
  const { env, home, person } = await setUp();
  const own = { ...env, ORG_AUTH_STORE: undefined, ORG_AUTH_STORE_PASSPHRASE: "fake words" };
  const question = /in memory only \(m\), or stop \(N\)\? /;
  const stopped = startAtTerminal(orgAuthLine("login", "--no-browser"), { env: own });
  await stopped.shows(question);
  stopped.type("\r");
  const { screen, status } = await stopped.ended;
  expect({ screen, status }).toMatchObject({ status: 6 });
  expect(screen).toContain("org-auth login --store file");

  for (const [answer, where] of [
    ["m", "nowhere: this login ends with this command"],
    ["y", "in a file, sealed with a passphrase"],
  ] as const) {
    const login = startAtTerminal(orgAuthLine("login", "--no-browser"), { env: own });
    await login.shows(question);
    login.type(`${answer}\r`);
    await person.signIn(await login.shows(address));
    const ended = await login.ended;
    expect(ended, answer).toMatchObject({ status: 0 });
    expect(ended.screen).toContain(where);
    expect(existsSync(loginFile(home))).toBe(false); // That would be the unsealed one.
  }
});
