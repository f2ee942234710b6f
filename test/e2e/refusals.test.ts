import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { run, setUp, tempHome } from "./org-auth.ts";

const path = process.env["PATH"];

test("without a terminal a plain login fails at once, asks no server and says what else there is", async () => {
  const { server, env } = await setUp();
  for (const extra of [{}, { CI: "true" }]) {
    const login = await run(["login"], { env: { ...env, ...extra } });
    expect(login).toMatchObject({ status: 4, stdout: "" });
    expect(login.stderr).toContain("[login_required]");
    expect(login.stderr).toContain("--device --no-wait --json");
  }
  expect(server.requests).toEqual([]);
});

test("with --json the answer is one JSON document, errors included", async () => {
  const { env } = await setUp();
  for (const [args, exit, code] of [
    [["login", "--json"], 4, "login_required"],
    [["token", "--json"], 4, "no_credential"],
    [["token", "--json", "--frob"], 2, "usage"],
    [["curl", "--json", "/me"], 4, "no_credential"],
    [["login", "--json", "--resume", "l_none"], 4, "unknown_login"],
  ] as const) {
    const ended = await run(args, { env });
    expect(ended).toMatchObject({ status: exit, stderr: "" });
    expect(JSON.parse(ended.stdout)).toMatchObject({ schemaVersion: 1, error: { code, exit, retryable: false } });
  }
});

test("an unknown command, option or value is a usage error and does nothing", async () => {
  const env = { HOME: tempHome(), PATH: path };
  for (const args of [
    ["frobnicate"],
    ["token", "--frob"],
    ["token", "extra"],
    ["token", "--min-ttl", "soon"],
    ["token", "--store", "cloud"],
    ["login", "--device", "--no-browser"],
    ["login", "--device", "--browser", "--no-wait"],
    ["login", "--no-wait"],
    ["help", "frobnicate"],
    ["curl"],
    ["--frob"],
  ]) {
    const ended = await run(args, { env });
    expect(ended, args.join(" ")).toMatchObject({ status: 2, stdout: "" });
    expect(ended.stderr).toMatch(/^error: .+ \[usage\]\n {2}fix: .+\n$/);
  }
  expect(readdirSync(env.HOME)).toEqual([]);
});

test("a login with nothing to say where, or with a plain http: server, is refused before anything is sent", async () => {
  const env = { HOME: tempHome(), PATH: path };
  const nowhere = await run(["login", "--no-browser"], { env });
  expect(nowhere).toMatchObject({ status: 2, stdout: "" });
  expect(nowhere.stderr).toContain("[config_missing]");

  const plain = await run(["login", "--no-browser", "--issuer", "http://id.example.com", "--client-id", "x"], { env });
  expect(plain).toMatchObject({ status: 5, stdout: "" });
  expect(plain.stderr).toContain("[insecure_endpoint]");
});

test("a server that cannot be reached is status 3, and the login is kept", async () => {
  const { server, orgAuth, signIn, env } = await setUp({ accessTokenLifetimeMs: 1_000 });
  await signIn();
  const file = join(env.HOME, ".local/share/org-auth/credentials");
  const before = readFileSync(join(file, readdirSync(file)[0] ?? ""), "utf8");
  await server.close();
  const { expiresAtMs } = (JSON.parse(before) as { credential: { expiresAtMs: number } }).credential;
  while (Date.now() <= expiresAtMs) await new Promise((resolve) => setTimeout(resolve, 20));

  const token = await orgAuth("token");
  expect(token).toMatchObject({ status: 3, stdout: "" });
  expect(token.stderr).toContain("[network]");
  expect(token.stderr).toContain(new URL(server.issuer).host);
  expect(readFileSync(join(file, readdirSync(file)[0] ?? ""), "utf8")).toBe(before);

  const logout = await orgAuth("logout");
  expect(logout).toMatchObject({ status: 7, stdout: "" });
  expect(logout.stderr).toContain("removed here, but the server could not be told");
  expect(readdirSync(file)).toEqual([]);
});

test("while the token lives an unreachable server is no error", async () => {
  const { server, orgAuth, signIn } = await setUp();
  await signIn();
  const { stdout } = await orgAuth("token");
  await server.close();
  expect(await orgAuth("token")).toMatchObject({ status: 0, stdout, stderr: "" });
  expect(await orgAuth("token", "--min-ttl", "59m")).toMatchObject({ status: 0, stdout });
  const tooLong = await orgAuth("token", "--min-ttl", "2h");
  expect(tooLong).toMatchObject({ status: 1, stdout: "" });
  expect(tooLong.stderr).toContain("[ttl_unavailable]");
});

test("a file that is no credential is status 6, is named and is left as it is", async () => {
  const { orgAuth, signIn, env } = await setUp();
  await signIn();
  const folder = join(env.HOME, ".local/share/org-auth/credentials");
  const file = join(folder, readdirSync(folder)[0] ?? "");
  writeFileSync(file, "CANARY-garbage");
  for (const args of [["token"], ["curl", "/me"], ["status"]]) {
    const ended = await orgAuth(...args);
    expect(ended.status, args.join(" ")).toBe(6);
    expect(ended.stdout + ended.stderr).toContain(file);
    expect(ended.stdout + ended.stderr).not.toContain("CANARY");
  }
  expect(readFileSync(file, "utf8")).toBe("CANARY-garbage");
});

test("F10 a home that is not there, or no home at all, is an error that says so", async () => {
  const { server } = await setUp();
  const place = { ORG_AUTH_ISSUER: server.issuer, ORG_AUTH_CLIENT_ID: server.nativeClientId, PATH: path };
  const none = await run(["token"], { env: place });
  expect(none).toMatchObject({ status: 6, stdout: "" });
  expect(none.stderr).toContain("HOME");

  const file = join(tempHome(), "file");
  writeFileSync(file, "");
  // Who needs nothing of it is not kept from anything.
  const given = await run(["token"], { env: { ...place, ORG_AUTH_API_KEY: "test-only" } });
  expect(given).toMatchObject({ status: 0, stdout: "test-only\n", stderr: "" });

  const login = await run(["login", "--no-browser"], { env: { ...place, HOME: file } });
  expect(login).toMatchObject({ status: 6, stdout: "" });
  expect(login.stderr).toContain("[store_unavailable]");
});

test("an error of a credential tells which one it was, and with --json how it was found", async () => {
  const { env } = await setUp();
  const refused = { ...env, ORG_AUTH_CLIENT_SECRET: "CANARY-secret" };
  const ended = await run(["token"], { env: refused });
  expect(ended.stderr).toMatch(/^error: .+ \[invalid_client\]\n {2}fix: check .+ ORG_AUTH_CLIENT_SECRET holds\n$/);
  const told = await run(["token", "--json"], { env: refused });
  expect(told.status).toBe(ended.status);
  expect(JSON.parse(told.stdout)).toMatchObject({
    error: {
      code: "invalid_client",
      steps: [{ place: "environment", outcome: "chosen", provenance: { name: "ORG_AUTH_CLIENT_SECRET" } }],
    },
  });
  expect(ended.stderr + told.stdout).not.toContain("CANARY");
});

test("half a credential in the environment stops the search and names what is missing", async () => {
  const { env } = await setUp();
  const half = { HOME: env.HOME, PATH: path, ORG_AUTH_CLIENT_SECRET: "CANARY-secret" };
  const ended = await run(["token"], { env: half });
  expect(ended).toMatchObject({ status: 2, stdout: "" });
  expect(ended.stderr).toContain("[partial_credential]");
  expect(ended.stderr).toContain("ORG_AUTH_CLIENT_ID");
  expect(ended.stderr).not.toContain("CANARY");
});

test("a credential in the environment wins over a login, and every command that uses it says so", async () => {
  const { env, signIn, person, server } = await setUp();
  await signIn();
  const shadowed = { ...env, ORG_AUTH_API_KEY: "CANARY-key" };
  const warning = `warning: ORG_AUTH_API_KEY is used instead of the login "default"; to use that give --ignore-env`;
  const used = await run(["token"], { env: shadowed });
  expect(used).toMatchObject({ status: 0, stdout: "CANARY-key\n" });
  expect(used.stderr.split(warning)).toHaveLength(2);
  for (const args of [["whoami"], ["curl", "/me", "--dry-run"]])
    expect((await run(args, { env: shadowed })).stderr, args.join(" ")).toContain(warning);
  expect((await run(["token", "--ignore-env"], { env: shadowed })).stderr).toBe("");
  const status = await run(["status"], { env: shadowed });
  expect(status.status).toBe(0);
  expect(status.stdout).toContain("[ORG_AUTH_API_KEY]");
  expect(status.stdout).not.toContain("CANARY");
  expect(person).toBeDefined();
  expect(server.tokenRequests()).toBe(1);
});

test("a site of the configuration is found by its name, and a bad configuration by its line", async () => {
  const { server, api, env } = await setUp();
  const bare = { HOME: env.HOME, PATH: path };
  const folder = join(env.HOME, ".config/org-auth");
  mkdirSync(folder, { recursive: true });
  const config = join(folder, "config.toml");
  writeFileSync(config, `[sites.acme]\nissuer = "${server.issuer}"\nclient_id = "x"\napi_url = "${api.baseUrl}"\n`);
  const missing = await run(["token", "--site", "other"], { env: bare });
  expect(missing).toMatchObject({ status: 2, stdout: "" });
  expect(missing.stderr).toContain("acme");
  expect((await run(["token"], { env: bare })).stderr).toContain("run `org-auth login --site acme`");

  writeFileSync(config, '[sites.acme]\nissuer = "CANARY\n');
  const broken = await run(["token"], { env: bare });
  expect(broken).toMatchObject({ status: 2, stdout: "" });
  expect(broken.stderr).toContain(`${config}:2:`);
  expect(broken.stderr).not.toContain("CANARY");
});
