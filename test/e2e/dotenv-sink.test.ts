import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { startRecordingServer, type RecordingServer } from "@org/auth-testing";
import { expect, onTestFinished, test } from "vitest";
import { dotenvFolder } from "./dotenv-folder.ts";
import { run, setUp, startProgram, tempHome, type Ended } from "./org-auth.ts";

type World = Awaited<ReturnType<typeof setUp>>;

/** A credential that a person has, and what is secret of it. */
interface Owned {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly secrets: readonly string[];
}

async function sink(): Promise<RecordingServer> {
  const server = await startRecordingServer();
  onTestFinished(() => server.close());
  return server;
}

function secretsOfStoredLogins({ home }: World): readonly string[] {
  const folder = join(home, ".local/share/org-auth/credentials");
  return readdirSync(folder).flatMap((name) => {
    const { credential } = JSON.parse(readFileSync(join(folder, name), "utf8")) as {
      readonly credential: { readonly accessToken: string; readonly refreshToken: string };
    };
    return [credential.accessToken, credential.refreshToken];
  });
}

/** Only what every shell has. */
function bareEnv({ home }: World): Readonly<Record<string, string | undefined>> {
  return { HOME: home, PATH: process.env["PATH"], ORG_AUTH_STORE: "file" };
}

const owners: Readonly<Record<string, (world: World) => Promise<Owned>>> = {
  "the login in the store": async (world) => {
    await world.signIn();
    return { env: bareEnv(world), secrets: secretsOfStoredLogins(world) };
  },
  "an API key in the environment": (world) => {
    const key = "CANARY-env-api-key";
    return Promise.resolve({ env: { ...bareEnv(world), ORG_AUTH_API_KEY: key }, secrets: [key] });
  },
  "the login at a site of the person's own configuration": async (world) => {
    await world.signIn();
    const { ORG_AUTH_ISSUER, ORG_AUTH_CLIENT_ID, ORG_AUTH_API_URL } = world.env;
    const path = join(world.home, ".config/org-auth/config.toml");
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(
      path,
      `[sites.own]\nissuer = "${ORG_AUTH_ISSUER}"\nclient_id = "${ORG_AUTH_CLIENT_ID}"\napi_url = "${ORG_AUTH_API_URL}"\n`,
    );
    return { env: bareEnv(world), secrets: secretsOfStoredLogins(world) };
  },
  "a machine's secret, mounted": (world) => {
    const { clientId, clientSecret } = world.server.confidentialClient;
    const folder = tempHome();
    const parts = { client_id: clientId, client_secret: clientSecret, issuer: world.server.issuer };
    for (const [name, part] of Object.entries(parts)) writeFileSync(join(folder, `org_auth_${name}`), `${part}\n`);
    return Promise.resolve({ env: { ...bareEnv(world), ORG_AUTH_SECRETS_DIR: folder }, secrets: [clientSecret] });
  },
};

/** What the folder says, and what of it is the first to be refused. */
const wishes: Readonly<Record<string, (origin: string) => Readonly<Record<string, string>>>> = {
  "the API's address": (origin) => ({ ORG_AUTH_API_URL: `${origin}/v1` }),
  "all there is": (origin) => ({
    ORG_AUTH_ISSUER: origin,
    ORG_AUTH_CLIENT_ID: "evil",
    ORG_AUTH_CLIENT_SECRET: "evil",
    ORG_AUTH_SITE: "evil",
    ORG_AUTH_API_URL: `${origin}/v1`,
    ORG_AUTH_SCOPE: "everything",
  }),
};

for (const [whose, own] of Object.entries(owners)) {
  test(`4.6-73 a .env file that nobody trusts cannot move ${whose}: exit 5, and nothing is sent`, async () => {
    const world = await setUp();
    const evil = await sink();
    const { env, secrets } = await own(world);
    expect(secrets).not.toEqual([]);
    const before = world.server.requests.length;

    for (const [what, wish] of Object.entries(wishes)) {
      const { folder, path } = dotenvFolder(wish(evil.origin));
      // With an option `token` does not go its short way.
      for (const args of [
        ["token", "--min-ttl", "1s"],
        ["curl", "/me"],
        ["curl", `${evil.origin}/me`],
        ["curl", "-d", "CANARY-body", "/me"],
        ["login", "--no-browser"],
        ["login", "--device", "--no-wait"],
      ]) {
        const ended = await run(args, { env, folder });
        const title = `${args.join(" ")} where it names ${what}`;
        expect(ended, title).toMatchObject({ status: 5, stdout: "" });
        expect(ended.stderr, title).toContain("[untrusted_origin]");
        for (const told of [path, "ORG_AUTH_API_URL", evil.origin, `org-auth trust '${path}'`])
          expect(ended.stderr, title).toContain(told);
        for (const secret of secrets) expect(shown(ended), title).not.toContain(secret);
      }
    }
    expect(evil.requests).toEqual([]);
    expect(world.api.requests).toEqual([]);
    expect(world.server.requests.slice(before)).toEqual([]);
  });
}

test("4.6-73 a .env file that names only an issuer is refused as well, and signing out goes to the login's own", async () => {
  const world = await setUp();
  const evil = await sink();
  await world.signIn();
  const { folder, path } = dotenvFolder({ ORG_AUTH_ISSUER: evil.origin, ORG_AUTH_CLIENT_ID: "evil" });
  const env = bareEnv(world);
  for (const args of [
    ["token", "--min-ttl", "1s"],
    ["curl", "/me"],
    ["login", "--no-browser"],
  ]) {
    const { status, stderr } = await run(args, { env, folder });
    expect(status, args.join(" ")).toBe(5);
    for (const told of ["[untrusted_origin]", path, "ORG_AUTH_ISSUER", evil.origin]) expect(stderr).toContain(told);
  }
  // A client of the environment has no issuer but that one.
  const machine = { ...env, ORG_AUTH_CLIENT_ID: "machine", ORG_AUTH_CLIENT_SECRET: "CANARY-secret" };
  const refused = await run(["token"], { env: machine, folder });
  expect(refused).toMatchObject({ status: 5, stdout: "" });
  expect(refused.stderr).toMatch(/\[untrusted_origin\]/);

  expect((await run(["logout"], { env, folder })).status).toBe(0);
  expect(world.server.count(world.server.metadata.revocationEndpoint ?? "")).toBe(1);
  expect(evil.requests).toEqual([]);
});

test("4.6-73 what somebody who counts more says is used, and the file with the other address changes nothing", async () => {
  const world = await setUp();
  const evil = await sink();
  await world.signIn();
  const { folder } = dotenvFolder({
    ORG_AUTH_API_URL: evil.origin,
    ORG_AUTH_ISSUER: evil.origin,
    ORG_AUTH_CLIENT_ID: "evil",
  });
  const { ORG_AUTH_ISSUER, ORG_AUTH_CLIENT_ID, ORG_AUTH_API_URL, ...env } = world.env;
  const flags = ["--issuer", ORG_AUTH_ISSUER, "--client-id", ORG_AUTH_CLIENT_ID, "--api-url", ORG_AUTH_API_URL];
  for (const ended of [
    await run(["curl", "/me"], { env: world.env, folder }),
    await run(["curl", "/me", ...flags], { env, folder }),
  ]) {
    expect(ended.status, ended.stderr).toBe(0);
    expect(JSON.parse(ended.stdout)).toMatchObject({ clientId: world.server.nativeClientId });
  }
  expect(evil.requests).toEqual([]);
});

test("4.6-73 a program that uses the library is refused in the same way", async () => {
  const world = await setUp();
  const evil = await sink();
  await world.signIn();
  const env = bareEnv(world);
  const wish = wishes["all there is"]?.(evil.origin) ?? {};
  const { folder, path } = dotenvFolder(wish);
  const program = join(import.meta.dirname, "call-api.ts");
  const call = async (folder: string): Promise<Ended> =>
    await startProgram([process.execPath, "--conditions=@org/source", program, world.api.baseUrl], { env, folder })
      .ended;

  for (const line of (await call(folder)).stdout.trim().split("\n")) {
    expect(line).toContain("untrusted_origin");
    for (const told of [path, evil.origin]) expect(line).toContain(told);
  }
  expect(evil.requests).toEqual([]);
  expect(world.api.requests).toEqual([]);

  // There is nothing wrong with the program.
  expect((await call(tempHome())).stdout).toBe("client: 200\nresolve: 200\n");
});

test("4.6-73 the origin is shown in ASCII, and a folder's name cannot write to the terminal", async () => {
  const env = { HOME: tempHome(), PATH: process.env["PATH"], ORG_AUTH_API_KEY: "CANARY-key" };
  const { folder: parent } = dotenvFolder({});
  const folder = join(parent, "a\u001b[2Jb");
  mkdirSync(folder);
  for (const [value, origin] of [
    ["https://\u0430pple.com/x", "https://xn--pple-43d.com"],
    ["\u0430pple.com:8443", "https://xn--pple-43d.com:8443"],
    ["javascript:alert(1)", "no address at all"],
  ] as const) {
    writeFileSync(join(folder, ".env"), `ORG_AUTH_API_URL=${value}\n`);
    const { status, stderr } = await run(["curl", "/me"], { env, folder });
    expect(status).toBe(5);
    expect(stderr).toContain(`to ${origin} [untrusted_origin]`);
    expect(stderr).toMatch(/^[\x20-\x7e\n]*$/);
    expect(stderr).not.toContain("alert");
  }
});

test("4.6-74 a sign-in for which only a .env file says where is refused where nobody can be asked", async () => {
  const evil = await sink();
  const env = { HOME: tempHome(), PATH: process.env["PATH"], ORG_AUTH_STORE: "file" };
  const { folder, path } = dotenvFolder({ ORG_AUTH_ISSUER: evil.origin, ORG_AUTH_CLIENT_ID: "evil" });
  for (const args of [[], ["--no-browser"], ["--browser"], ["--device"], ["--device", "--no-wait", "--json"]]) {
    const { status, stdout, stderr } = await run(["login", ...args], { env, folder });
    expect(status, args.join(" ")).toBe(5);
    for (const told of ["untrusted_origin", path, evil.origin]) expect(stdout + stderr).toContain(told);
  }
  expect(evil.requests).toEqual([]);
});

test("2.3 in CI the rule is the same", async () => {
  const world = await setUp();
  const evil = await sink();
  const { folder } = dotenvFolder({ ORG_AUTH_API_URL: evil.origin });
  const env = { ...bareEnv(world), CI: "true", ORG_AUTH_API_KEY: "CANARY-key" };
  for (const args of [["token"], ["curl", "/me"], ["login", "--device", "--no-wait"]])
    expect(await run(args, { env, folder }), args.join(" ")).toMatchObject({ status: 5, stdout: "" });
  expect(evil.requests).toEqual([]);
});

test("2.3 a whole pair of key and address in the same file goes there, and nowhere else", async () => {
  const own = await sink();
  const other = await sink();
  const { folder } = dotenvFolder({ ORG_AUTH_API_KEY: "CANARY-pair", ORG_AUTH_API_URL: `${own.origin}/v1` });
  const env = { HOME: tempHome(), PATH: process.env["PATH"] };

  expect((await run(["curl", "/me"], { env, folder })).status).toBe(0);
  expect(own.requests).toMatchObject([{ target: "/v1/me", headers: { authorization: "Bearer CANARY-pair" } }]);

  const elsewhere = await run(["curl", `${other.origin}/me`], { env, folder });
  expect(elsewhere).toMatchObject({ status: 5, stdout: "" });
  expect(elsewhere.stderr).toContain("[host_not_allowed]");
  expect(elsewhere.stderr).toContain("have the .env file that its key is in name it");
  expect(own.requests).toHaveLength(1);
  expect(other.requests).toEqual([]);
});

test("2.3 such a pair is not used where an argument, the environment or a mounted secret names another destination", async () => {
  const world = await setUp();
  const evil = await sink();
  await world.signIn();
  const { ORG_AUTH_ISSUER, ORG_AUTH_CLIENT_ID, ORG_AUTH_API_URL } = world.env;
  const configuration = join(world.home, ".config/org-auth/config.toml");
  mkdirSync(dirname(configuration), { recursive: true });
  writeFileSync(
    configuration,
    `[sites.p]\nissuer = "${ORG_AUTH_ISSUER}"\nclient_id = "${ORG_AUTH_CLIENT_ID}"\napi_url = "${ORG_AUTH_API_URL}"\n`,
  );
  const { folder, path } = dotenvFolder({ ORG_AUTH_API_KEY: "evil-key", ORG_AUTH_API_URL: evil.origin });
  const bare = bareEnv(world);
  const secrets = tempHome();
  writeFileSync(join(secrets, "org_auth_site"), "p");
  for (const [args, more, named] of [
    [["--site", "p"], {}, "--site"],
    [[], { ORG_AUTH_SITE: "p" }, "ORG_AUTH_SITE"],
    [["--api-url", ORG_AUTH_API_URL], {}, "--api-url"],
    [[], { ORG_AUTH_API_URL }, "ORG_AUTH_API_URL"],
    [[], { ORG_AUTH_SECRETS_DIR: secrets }, join(secrets, "org_auth_site")],
  ] as const) {
    const env = { ...bare, ...more };
    const ended = await run(["curl", "-d", "CANARY-body", "/me", "--no-fail", ...args], { env, folder });
    expect(ended.status, ended.stderr).toBe(0);
    expect(ended.stderr).toContain(`warning: ORG_AUTH_API_KEY in ${path} is not used: `);
    expect(ended.stderr).toContain(`${named} says where to go`);
    const { steps, chosen } = JSON.parse((await run(["explain", "--json", ...args], { env, folder })).stdout) as {
      readonly steps: readonly object[];
      readonly chosen: object;
    };
    expect(steps[2]).toMatchObject({ place: "dotenv", outcome: "absent", hint: expect.stringContaining(named) });
    expect(chosen).toMatchObject({ place: "stored-login" });
  }
  // An issuer says nothing of the API, so the file's address would still win.
  const issuer = await run(["curl", "/me"], { env: { ...bare, ORG_AUTH_ISSUER, ORG_AUTH_CLIENT_ID }, folder });
  expect(issuer).toMatchObject({ status: 5, stdout: "" });
  expect(issuer.stderr).toContain("[untrusted_origin]");
  expect(evil.requests).toEqual([]);
  expect(world.api.requests).toHaveLength(5);
});

test("4.6-73 what is refused says what helps, and that helps", async () => {
  const world = await setUp();
  const evil = await sink();
  await world.signIn();
  const { ORG_AUTH_ISSUER, ORG_AUTH_CLIENT_ID, ORG_AUTH_API_URL } = world.env;
  const server = ["--issuer", ORG_AUTH_ISSUER, "--client-id", ORG_AUTH_CLIENT_ID];
  const api = ["--api-url", ORG_AUTH_API_URL];
  const env = bareEnv(world);
  const refusedBy = async (
    wish: Readonly<Record<string, string>>,
    instead: string,
    ...args: string[]
  ): Promise<void> => {
    const { folder } = dotenvFolder(wish);
    const { status, stderr } = await run(["curl", "/me"], { env, folder });
    expect(status).toBe(5);
    expect(stderr.split("if not, give ")[1]?.trim()).toMatch(new RegExp(`^${instead}(\n|$)`));
    expect(await run(["curl", "/me", ...args], { env, folder })).toMatchObject({ status: 0 });
  };
  const both = { ORG_AUTH_API_URL: evil.origin, ORG_AUTH_ISSUER: evil.origin };
  await refusedBy({ ORG_AUTH_ISSUER: evil.origin }, "--issuer and --client-id", ...server, ...api);
  await refusedBy({ ORG_AUTH_API_URL: evil.origin }, "--api-url", ...api, ...server);
  await refusedBy(both, "--issuer and --client-id, and --api-url", ...server, ...api);

  const configuration = join(world.home, ".config/org-auth/config.toml");
  mkdirSync(dirname(configuration), { recursive: true });
  writeFileSync(
    configuration,
    `[sites.p]\nissuer = "${ORG_AUTH_ISSUER}"\nclient_id = "${ORG_AUTH_CLIENT_ID}"\napi_url = "${ORG_AUTH_API_URL}"\n`,
  );
  await refusedBy({ ORG_AUTH_API_URL: evil.origin }, "--site, or --api-url", "--site", "p");
  await refusedBy(both, "--site, or --issuer and --client-id, and --api-url", "--site", "p");
  expect(evil.requests).toEqual([]);
});

test("4.6-73 a whole pair of the file's own moves nobody else's credential to its address", async () => {
  const world = await setUp();
  const evil = await sink();
  await world.signIn();
  const { folder } = dotenvFolder({ ORG_AUTH_API_KEY: "evil-key", ORG_AUTH_API_URL: evil.origin });
  for (const [env, args] of [
    [{ ...bareEnv(world), ORG_AUTH_API_KEY: "CANARY-key" }, ["curl", "/me"]],
    [bareEnv(world), ["curl", "/me", "--ignore-env"]],
    [bareEnv(world), ["curl", `${evil.origin}/me`, "--ignore-env"]],
  ] as const) {
    const ended = await run(args, { env, folder });
    expect(ended, args.join(" ")).toMatchObject({ status: 5, stdout: "" });
    expect(ended.stderr).toContain("[untrusted_origin]");
  }
  expect(evil.requests).toEqual([]);
});

test("2.3 half of such a pair is nothing: the key alone is left out, and so is one whose address is elsewhere", async () => {
  const own = await sink();
  const env = { HOME: tempHome(), PATH: process.env["PATH"], ORG_AUTH_API_URL: own.origin };
  const { folder, path } = dotenvFolder({ ORG_AUTH_API_KEY: "CANARY-half" });
  const ended = await run(["curl", "/me"], { env, folder });
  expect(ended).toMatchObject({ status: 4, stdout: "" });
  expect(ended.stderr).toContain(`ORG_AUTH_API_KEY in ${path} is ignored`);
  expect(shown(ended)).not.toContain("CANARY");
  expect(own.requests).toEqual([]);
});

function shown({ stdout, stderr }: Ended): string {
  return stdout + stderr;
}
