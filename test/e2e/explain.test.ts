import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Step } from "@org/auth-core";
import { expect, test } from "vitest";
import { dotenvFolder } from "./dotenv-folder.ts";
import { run, setUp, startProgram, tempHome } from "./org-auth.ts";

type Env = Readonly<Record<string, string | undefined>>;

interface Explained {
  readonly status: number | null;
  readonly chosen?: Readonly<Record<string, unknown>>;
  readonly refusal?: Readonly<Record<string, unknown>>;
  readonly api?: Readonly<Record<string, unknown>>;
  readonly steps: readonly Step[];
  readonly settings: Readonly<Record<string, unknown>> & { readonly origins: Readonly<Record<string, string>> };
}

async function explain(env: Env, folder: string, ...args: string[]): Promise<Explained> {
  const { status, stdout } = await run(["explain", "--json", ...args], { env, folder });
  return { ...(JSON.parse(stdout) as Omit<Explained, "status">), status };
}

test("the trace is the same in explain, in status and in the library's error", async () => {
  const world = await setUp();
  await world.signIn();
  const bare = { HOME: tempHome(), PATH: process.env["PATH"], ORG_AUTH_STORE: "file" };
  const mounted = tempHome();
  writeFileSync(join(mounted, "org_auth_api_key"), "test-only");
  const situations: readonly (readonly [env: Env, places: Readonly<Record<string, string>>, status: number])[] = [
    [bare, { environment: "absent", "mounted-secret": "absent", "stored-login": "absent" }, 4],
    [world.env, { environment: "absent", "mounted-secret": "absent", "stored-login": "chosen" }, 0],
    [
      { ...world.env, ORG_AUTH_API_KEY: "test-only", ORG_AUTH_SECRETS_DIR: mounted },
      { environment: "chosen", "mounted-secret": "shadowed", "stored-login": "shadowed" },
      0,
    ],
    [
      { ...bare, ORG_AUTH_CLIENT_SECRET: "test-only" },
      { environment: "broken", "mounted-secret": "not-asked", "stored-login": "not-asked" },
      2,
    ],
  ];
  for (const [env, outcomes, status] of situations) {
    const folder = tempHome();
    const explained = await explain(env, folder);
    expect(explained.status).toBe(status);
    expect(Object.fromEntries(explained.steps.map(({ place, outcome }) => [place, outcome]))).toMatchObject(outcomes);
    const told = await run(["status", "--json"], { env, folder });
    expect(told.status).toBe(status);
    expect((JSON.parse(told.stdout) as Explained).steps).toEqual(explained.steps);
  }

  // The library in a process of its own.
  const index = join(import.meta.dirname, "../../packages/client/src/source.ts");
  const program = `import { resolve } from "${index}"; resolve().catch(({ steps }) => console.log(JSON.stringify(steps)));`;
  const node = [process.execPath, "--conditions=@org/source", "--input-type=module", "--eval", program];
  const folder = tempHome();
  const { stdout } = await startProgram(node, { env: bare, folder }).ended;
  expect(JSON.parse(stdout)).toEqual((await explain(bare, folder)).steps);
});

test("explain names what a credential hides, and what would be if a variable were not set", async () => {
  const world = await setUp();
  await world.signIn();
  const env = { ...world.env, ORG_AUTH_API_KEY: "CANARY-key", ORG_AUTH_CLIENT_SECRET: "CANARY-secret" };
  const folder = tempHome();
  const before = await explain(env, folder);
  expect(before.chosen).toEqual({ place: "environment", name: "ORG_AUTH_API_KEY", unused: ["ORG_AUTH_CLIENT_SECRET"] });

  const without = await explain(env, folder, "--unset", "ORG_AUTH_API_KEY", "--unset", "ORG_AUTH_CLIENT_SECRET");
  expect(without).toMatchObject({ status: 0, chosen: { place: "stored-login", name: "default" } });
  const nowhere = await explain(env, folder, ...Object.keys(env).flatMap((name) => ["--unset", name]));
  expect(nowhere.chosen).toBeUndefined();
  expect(JSON.stringify([before, without, nowhere])).not.toContain("CANARY");
  expect(world.api.requests).toEqual([]);
});

test("explain asks no server, and tells people the same", async () => {
  const world = await setUp();
  const { server, env } = world;
  const machine = {
    ...env,
    ORG_AUTH_CLIENT_ID: server.confidentialClient.clientId,
    ORG_AUTH_CLIENT_SECRET: server.confidentialClient.clientSecret,
  };
  const told = await run(["explain"], { env: machine, folder: tempHome() });
  expect(told).toMatchObject({ status: 0, stderr: "" });
  expect(told.stdout).toContain(`issuer        ${server.issuer}  (ORG_AUTH_ISSUER)`);
  expect(told.stdout).toMatch(/● environment +used: ORG_AUTH_CLIENT_SECRET, machine-/);
  expect(told.stdout).toMatch(/○ stored-login +nothing here\n +to have one here: run `org-auth login`/);
  expect(told.stdout).not.toContain(server.confidentialClient.clientSecret);
  expect(server.requests).toEqual([]);
});

test("2.3 explain says of each setting which place it came from", async () => {
  const home = tempHome();
  const config = join(home, ".config/org-auth/config.toml");
  mkdirSync(dirname(config), { recursive: true });
  writeFileSync(config, '[sites.own]\nissuer = "https://id.example.com"\nclient_id = "cli"\n');
  const { folder, path } = dotenvFolder({ ORG_AUTH_PROFILE: "work", ORG_AUTH_API_VERSION: "2026.01.01" });
  const env = {
    HOME: home,
    PATH: process.env["PATH"],
    ORG_AUTH_API_URL: "api.example.com",
    ORG_AUTH_EXTRA_HEADERS: '{"X-Team":"CANARY"}',
  };
  const { settings } = await explain(env, folder, "--profile", "other");
  expect(settings).toMatchObject({ site: "own", profile: "other", extraHeaders: "X-Team", apiVersion: "2026.01.01" });
  expect(settings.origins).toEqual({
    site: `sites.own in ${config}`,
    issuer: `sites.own in ${config}`,
    clientId: `sites.own in ${config}`,
    apiUrl: "ORG_AUTH_API_URL",
    apiVersion: `ORG_AUTH_API_VERSION in ${path}`,
    extraHeaders: "ORG_AUTH_EXTRA_HEADERS",
    profile: "--profile",
  });
  expect(JSON.stringify(settings)).not.toContain("CANARY");
  expect((await explain(env, folder)).settings.origins["profile"]).toBe(`ORG_AUTH_PROFILE in ${path}`);

  const below = join(home, "bound", "below");
  mkdirSync(below, { recursive: true });
  writeFileSync(
    join(home, ".config/org-auth/choices.json"),
    JSON.stringify({ profiles: { [join(home, "bound")]: "here" }, trusted: {} }),
  );
  expect((await explain(env, below)).settings).toMatchObject({
    profile: "here",
    origins: { profile: `the choice for ${join(home, "bound")}` },
  });
});

test("4.6-73 explain tells where requests go, which for a file's own key is where that file says", async () => {
  const world = await setUp();
  const config = join(world.home, ".config/org-auth/config.toml");
  mkdirSync(dirname(config), { recursive: true });
  const { ORG_AUTH_ISSUER, ORG_AUTH_CLIENT_ID, ORG_AUTH_API_URL, ...env } = world.env;
  writeFileSync(
    config,
    `[sites.own]\nissuer = "${ORG_AUTH_ISSUER}"\nclient_id = "${ORG_AUTH_CLIENT_ID}"\napi_url = "${ORG_AUTH_API_URL}"\n`,
  );
  const { folder, path } = dotenvFolder({
    ORG_AUTH_API_KEY: "CANARY-key",
    ORG_AUTH_API_URL: "https://other.example/v1",
  });
  expect(await explain(env, folder)).toMatchObject({
    status: 0,
    chosen: { place: "dotenv" },
    api: { baseUrl: "https://other.example/v1", origins: ["https://other.example"] },
    settings: {
      apiUrl: "https://other.example/v1",
      origins: { apiUrl: `ORG_AUTH_API_URL in ${path}, for its own key alone` },
    },
  });
  const { stdout } = await run(["explain"], { env, folder });
  expect(stdout).toMatch(/^Requests go to https:\/\/other\.example\/v1; .+ sent to https:\/\/other\.example alone$/m);
  expect(stdout).not.toContain(ORG_AUTH_API_URL);
  expect(stdout).not.toContain("nobody trusts");

  await world.signIn();
  const own = await explain(env, tempHome());
  expect(own).toMatchObject({ chosen: { place: "stored-login" }, api: { baseUrl: ORG_AUTH_API_URL } });
});

test("4.6-73 status tells that a credential is refused, and why, and none as used, with the same exit status", async () => {
  const world = await setUp();
  await world.signIn();
  const { folder, path } = dotenvFolder({ ORG_AUTH_API_URL: "https://evil.example" });
  const { ORG_AUTH_API_URL: _, ...env } = world.env;
  for (const [given, source] of [
    [{}, "stored-login"],
    [{ ORG_AUTH_API_KEY: "CANARY-key" }, "environment"],
  ] as const) {
    const told = await run(["status", "--json"], { env: { ...env, ...given }, folder });
    expect(told.status).toBe(5);
    const status = JSON.parse(told.stdout) as { readonly accounts: readonly Readonly<Record<string, unknown>>[] };
    expect(status).not.toHaveProperty("selected");
    expect(status).toMatchObject({
      refusal: {
        code: "untrusted_origin",
        message: expect.stringContaining(path),
        hint: expect.stringContaining("trust"),
      },
    });
    expect(status.accounts.filter(({ chosen }) => chosen === true)).toEqual([]);
    const refused = status.accounts.filter(({ refusal }) => refusal !== undefined);
    expect(refused).toMatchObject([{ source, refusal: "untrusted_origin" }]);

    const shown = await run(["status"], { env: { ...env, ...given }, folder });
    expect(shown.status).toBe(5);
    expect(shown.stdout).toMatch(/^ {4}used {4}no: refused \[untrusted_origin\]$/m);
    expect(shown.stdout).toMatch(/^! .+ to https:\/\/evil\.example \[untrusted_origin\]\n {2}fix: .+$/m);
    expect(shown.stdout).not.toMatch(/used {4}yes|No credential is used|CANARY/);
  }
});

test("4.6-73 explain tells that what it would use is refused, as every request is, with the same exit status", async () => {
  const { folder, path } = dotenvFolder({ ORG_AUTH_API_URL: "https://evil.example" });
  const env = { HOME: tempHome(), PATH: process.env["PATH"], ORG_AUTH_API_KEY: "test-only" };
  const explained = await explain(env, folder);
  expect(explained).toMatchObject({
    status: 5,
    chosen: { place: "environment" },
    refusal: { code: "untrusted_origin", message: expect.stringContaining(path) },
    settings: { refused: { name: "ORG_AUTH_API_URL", path, origin: "https://evil.example" } },
  });
  const told = await run(["explain"], { env, folder });
  expect(told.status).toBe(5);
  expect(told.stdout).toMatch(/^! and yet it is not used: .* to https:\/\/evil\.example \[untrusted_origin\]$/m);
  const request = await run(["token"], { env, folder });
  expect(request.stderr).toContain(String(explained.refusal?.["message"]));
});

test("--unset tells what would be without a variable that cannot be used, and which one is not there", async () => {
  const env = { HOME: tempHome(), PATH: process.env["PATH"], ORG_AUTH_LOG_LEVEL: "loud", ORG_AUTH_OUTPUT: "loud" };
  const folder = tempHome();
  const without = (...names: string[]) =>
    run(["explain", ...names.flatMap((name) => ["--unset", name])], { env, folder });
  const usable = await without("ORG_AUTH_LOG_LEVEL", "ORG_AUTH_OUTPUT");
  expect(usable).toMatchObject({ status: 4, stdout: expect.stringContaining("Settings"), stderr: "" });
  const half = await without("ORG_AUTH_LOG_LEVEL");
  expect(half).toMatchObject({ status: 2, stderr: expect.stringContaining("ORG_AUTH_OUTPUT is none of") });
  // A warning stands before the error, and never within it.
  const both = await without("ORG_AUTH_LOG_LEVEL", "LOG_LEVEL");
  expect(both.stderr).toMatch(/^warning: --unset LOG_LEVEL: .*\nerror: .*\n {2}fix: .*\n$/);
  const none = await without("ORG_AUTH_LOG_LEVEL", "ORG_AUTH_OUTPUT", "LOG_LEVEL");
  expect(none.stderr).toMatch(
    /^warning: --unset LOG_LEVEL: the environment has no such variable; .*ORG_AUTH_API_KEY$/m,
  );
});
