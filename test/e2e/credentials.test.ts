import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { clientCredentials } from "@org/auth-flows";
import { expect, test } from "vitest";
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
