import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { clientCredentials } from "@org/auth-flows";
import { startApiKeys } from "@org/auth-testing";
import { expect, onTestFinished, test } from "vitest";
import { hasSystemPackage } from "../../tools/system-packages/has-system-package.ts";
import { canMount, mountNamespace } from "../faults/mount-namespace.ts";
import { underStrace } from "../faults/under-strace.ts";
import { run, setUp, tempHome } from "./org-auth.ts";

type World = Awaited<ReturnType<typeof setUp>>;

/** Everything of a login that a person may carry elsewhere. */
async function carriedLogin(world: World): Promise<{ readonly clientId: string; readonly refreshToken: string }> {
  await world.signIn();
  const folder = join(world.home, ".local/share/org-auth/credentials");
  const [name = ""] = readdirSync(folder);
  const { credential } = JSON.parse(readFileSync(join(folder, name), "utf8")) as {
    readonly credential: { readonly clientId: string; readonly refreshToken: string };
  };
  return credential;
}

test("B.6-10 B.4-2 a refresh token that was replaced is kept, and the next process goes on with the new one", async () => {
  const world = await setUp();
  const { clientId, refreshToken } = await carriedLogin(world);
  const env = {
    ...world.env,
    HOME: tempHome(),
    ORG_AUTH_CLIENT_ID: clientId,
    ORG_AUTH_REFRESH_TOKEN: refreshToken,
  };
  // The API refuses each process's token once, so each renews what the one before it has left.
  for (let renewals = 2; renewals <= 4; renewals++) {
    world.api.refuseNext(1);
    const ended = await run(["curl", "/me"], { env, folder: env.HOME });
    expect(ended.status, ended.stderr).toBe(0);
    expect(world.server.tokenRequests("refresh_token")).toBe(renewals);
  }
  expect(world.server.refreshTokenReuses).toBe(0);

  // What is kept is no login: nobody has signed in here.
  const { ORG_AUTH_REFRESH_TOKEN: _, ...without } = env;
  expect((await run(["token"], { env: without, folder: env.HOME })).status).toBe(4);
});

test("a refresh token that the server has ended is status 4, and its variable is what to mend", async () => {
  const world = await setUp();
  const { clientId, refreshToken } = await carriedLogin(world);
  world.server.endSession();
  const env = { ...world.env, HOME: tempHome(), ORG_AUTH_CLIENT_ID: clientId, ORG_AUTH_REFRESH_TOKEN: refreshToken };
  for (let process = 0; process < 2; process++) {
    const ended = await run(["token"], { env, folder: env.HOME });
    expect(ended).toMatchObject({ status: 4, stdout: "" });
    expect(ended.stderr).toContain("fix: put another one into ORG_AUTH_REFRESH_TOKEN");
    expect(ended.stderr).not.toContain(refreshToken);
  }
});

test("B.3-3 where nothing can keep the next refresh token the given one is not spent, and the hint says what helps", async () => {
  const world = await setUp();
  const { clientId, refreshToken } = await carriedLogin(world);
  const given = { ...world.env, HOME: tempHome(), ORG_AUTH_CLIENT_ID: clientId, ORG_AUTH_REFRESH_TOKEN: refreshToken };
  // As in a container: there is no keyring, and nobody has chosen a store.
  const { ORG_AUTH_STORE: _, ...env } = given;
  const before = world.server.tokenRequests("refresh_token");
  for (let process = 0; process < 2; process++) {
    const ended = await run(["curl", "/me"], { env, folder: env.HOME });
    expect(ended).toMatchObject({ status: 6, stdout: "" });
    expect(ended.stderr).toMatch(
      /^error: the refresh token in ORG_AUTH_REFRESH_TOKEN was not used, .+ \[keyring_\w+\]$/m,
    );
    expect(ended.stderr).toMatch(/^ {2}fix: set ORG_AUTH_STORE=file.+ORG_AUTH_STORE=memory/m);
  }
  expect(world.server.tokenRequests("refresh_token")).toBe(before);

  // The fix helps, with the token as it was.
  const fixed = await run(["curl", "/me"], { env: { ...env, ORG_AUTH_STORE: "file" }, folder: env.HOME });
  expect(fixed.status, fixed.stderr).toBe(0);
  expect(world.server.refreshTokenReuses).toBe(0);
});

test("B.4-9 what a developer token was redeemed for is used where nothing can keep it, and the warning says what can", async () => {
  const { env, home, server } = await setUp();
  const service = await startApiKeys({ introspect: server.introspect });
  onTestFinished(() => service.close());
  const { developerToken, url } = service.developerToken;
  const config = join(home, "config.toml");
  const site = `issuer = "${server.issuer}"\nclient_id = "app"\ndeveloper_token_url = "${url}"\n`;
  writeFileSync(config, `[sites.one]\n${site}`);
  const own = { HOME: home, PATH: env.PATH, ORG_AUTH_CONFIG: config, ORG_AUTH_DEVELOPER_TOKEN: developerToken };
  const ended = await run(["token"], { env: own, folder: home });
  expect(ended).toMatchObject({ status: 0, stdout: expect.stringMatching(/^fake-redeemed-/) });
  expect(ended.stderr).toMatch(
    /^warning: the renewed token could not be saved: .+ \[keyring_\w+\]\n {2}this command goes on; .+ ORG_AUTH_STORE names a store/m,
  );
});

test("4.6-80 a secret or key that does not do is told by the name of its variable", async () => {
  const { env, home, server } = await setUp();
  const { clientId } = server.confidentialClient;
  for (const [name, told] of [
    [
      "ORG_AUTH_CLIENT_SECRET",
      /\[invalid_client\]\n {2}fix: check the client id, and what ORG_AUTH_CLIENT_SECRET holds$/m,
    ],
    ["ORG_AUTH_PRIVATE_KEY", /\[config_invalid\]\n {2}used: ORG_AUTH_PRIVATE_KEY\n {2}fix: .+openssl/m],
  ] as const) {
    const own = { ...env, ORG_AUTH_CLIENT_ID: clientId, [name]: "CANARY-wrong" };
    const ended = await run(["token"], { env: own, folder: home });
    expect(ended).toMatchObject({ status: 2, stdout: "" });
    expect(ended.stderr).toMatch(told);
    expect(ended.stderr).not.toContain("CANARY");
  }
});

test("B.5-3 a password in the environment is deprecated, which each command says once", async () => {
  const { api, env, home, server } = await setUp({ clients: [{ clientId: "basic", authMethod: "none" }] });
  const { username, password } = server.person;
  const own = { ...env, ORG_AUTH_CLIENT_ID: "basic", ORG_AUTH_USERNAME: username, ORG_AUTH_PASSWORD: password };
  const ended = await run(["curl", "/me"], { env: { ...own, ORG_AUTH_SCOPE: "api:read" }, folder: home });
  expect(ended.status, ended.stderr).toBe(0);
  expect(ended.stderr.match(/warning: .*ORG_AUTH_PASSWORD.* deprecated/g)).toHaveLength(1);
  expect(api.requests).toHaveLength(1);
});

test.skipIf(!canMount)("B.1-4 secrets are looked for in /run/secrets, where there is such a folder", async () => {
  const world = await setUp();
  const { metadata, confidentialClient } = world.server;
  const { accessToken } = await clientCredentials(metadata, confidentialClient, { scopes: ["api:read"] });
  const { under, script } = await mountNamespace();
  await script(
    `mount -t tmpfs none /run; mkdir /run/secrets; printf '%s\\n' "$1" > /run/secrets/org_auth_api_key`,
    accessToken,
  );
  const ended = await run(["curl", "/me"], { env: world.env, folder: world.home, under });
  expect(ended.status, ended.stderr).toBe(0);
  expect(JSON.parse(ended.stdout)).toMatchObject({ clientId: confidentialClient.clientId });
});

test.skipIf(!hasSystemPackage("strace"))(
  "4.11-109 with --store memory no credential is read from, or written to, the disk",
  async () => {
    const world = await setUp();
    const { clientId, refreshToken } = await carriedLogin(world);
    const before = readdirSync(world.home, { recursive: true }).toSorted();

    // The login that is on the disk is none for this one.
    const none = await run(["token", "--store", "memory"], { env: world.env, folder: world.home });
    expect(none).toMatchObject({ status: 4, stdout: "" });

    const env = { ...world.env, ORG_AUTH_CLIENT_ID: clientId, ORG_AUTH_REFRESH_TOKEN: refreshToken };
    const { under, calls } = underStrace();
    const ended = await run(["token", "--store", "memory"], { env, folder: world.home, under });
    expect(ended.status, ended.stderr).toBe(0);
    expect(calls().some((call) => call.includes("/bin.cjs"))).toBe(true);
    expect(calls().filter((call) => call.includes(join(world.home, ".local")))).toEqual([]);
    expect(readdirSync(world.home, { recursive: true }).toSorted()).toEqual(before);
  },
);

test("4.11-109 B.2-6 a sign-in with --store memory leaves nothing behind", async () => {
  const world = await setUp();
  mkdirSync(join(world.home, ".config"));
  writeFileSync(join(world.home, ".config/other"), "");
  const before = readdirSync(world.home, { recursive: true }).toSorted();
  await world.signIn("--store", "memory");
  expect(readdirSync(world.home, { recursive: true }).toSorted()).toEqual(before);
});

test("B.1-3 a key in the environment is used for every request, and the login left alone, until --ignore-env", async () => {
  const world = await setUp();
  await world.signIn();
  const { metadata, confidentialClient } = world.server;
  const { accessToken } = await clientCredentials(metadata, confidentialClient, { scopes: ["api:read"] });
  const env = { ...world.env, ORG_AUTH_API_KEY: accessToken };
  const me = async (...args: string[]): Promise<unknown> =>
    JSON.parse((await run(["curl", "/me", ...args], { env, folder: world.home })).stdout);
  expect(await me()).toMatchObject({ clientId: confidentialClient.clientId });
  expect(await me("--ignore-env")).toMatchObject({ clientId: world.server.nativeClientId });
  expect((await run(["token"], { env, folder: world.home })).stdout).toBe(`${accessToken}\n`);
});

test("4.11-107 the command line tells half a credential, and --allow-mixed makes it whole", async () => {
  const world = await setUp();
  const { clientId, clientSecret } = world.server.confidentialClient;
  const secrets = tempHome();
  writeFileSync(join(secrets, "org_auth_client_secret"), clientSecret);
  const env = {
    ...world.env,
    ORG_AUTH_CLIENT_ID: clientId,
    ORG_AUTH_SECRETS_DIR: secrets,
    ORG_AUTH_SCOPE: "api:read",
  };
  const half = await run(["curl", "/me"], { env, folder: world.home });
  expect(half).toMatchObject({ status: 2, stdout: "" });
  expect(half.stderr).toContain(
    `half a credential: ${join(secrets, "org_auth_client_secret")} without org_auth_client_id`,
  );
  expect(half.stderr).toContain("[partial_credential]");

  const whole = await run(["curl", "/me", "--allow-mixed"], { env, folder: world.home });
  expect(whole.status, whole.stderr).toBe(0);
  expect(whole.stderr).toMatch(/^warning: what .+\/org_auth_client_secret holds is used with ORG_AUTH_CLIENT_ID$/m);
  const explained = await run(["explain", "--json", "--allow-mixed"], { env, folder: world.home });
  expect(JSON.parse(explained.stdout)).toMatchObject({
    chosen: { place: "mounted-secret", mixedWith: ["ORG_AUTH_CLIENT_ID"] },
  });
  expect(half.stderr + whole.stderr + explained.stdout).not.toContain(clientSecret);
});
