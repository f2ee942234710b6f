import { chmodSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tokenSet } from "@org/auth-core";
import { dataFolder, fileStore } from "@org/auth-storage-file";
import { expect, test } from "vitest";
import { run, setUp, tempHome, type Ended } from "./org-auth.ts";

/** A person with a login of each of these profiles, whose token is the profile's name. */
async function signedInAs(...profiles: string[]) {
  const env = { HOME: tempHome(), PATH: process.env["PATH"], ORG_AUTH_STORE: "file" };
  const store = fileStore({ folder: dataFolder({ appName: "org-auth", env }) });
  const issuer = "https://id.example.com";
  for (const profile of profiles) {
    const server = { issuer, tokenEndpoint: `${issuer}/token`, issParameterSupported: true };
    const life = { obtainedAtMs: Date.now(), expiresAtMs: Date.now() + 3_600_000 };
    await store.update({ issuer, clientId: "cli", profile }, () =>
      tokenSet({ server, clientId: "cli", accessToken: profile, scopes: [], generation: 0, ...life }),
    );
  }
  const choices = join(env.HOME, ".config/org-auth/choices.json");
  const inFolder =
    (folder: string) =>
    (...args: string[]): Promise<Ended> =>
      run(args, { env, folder });
  /** The profile that is meant in a folder. An option keeps `token` off its short way. */
  const profileIn = async (folder: string): Promise<string> =>
    (await inFolder(folder)("token", "--min-ttl", "1s")).stdout.trim();
  return { env, choices, inFolder, profileIn };
}

test("switch chooses the profile that is meant where nothing names one, and --clear takes it back", async () => {
  const { choices, env, inFolder, profileIn } = await signedInAs("default", "work");
  const here = tempHome();
  expect(await profileIn(here)).toBe("default");
  const switched = await inFolder(here)("switch", "work");
  expect(switched).toMatchObject({ status: 0, stdout: "" });
  expect(switched.stderr).toContain('The profile is "work"');
  expect(await profileIn(tempHome())).toBe("work");
  expect(statSync(choices).mode & 0o777).toBe(0o600);
  expect(statSync(join(env.HOME, ".config/org-auth")).mode & 0o777).toBe(0o700);

  // What is said outright, or in the environment, wins.
  const named = await inFolder(here)("token", "--min-ttl", "1s", "--profile", "default");
  expect(named.stdout).toBe("default\n");
  const inEnv = await run(["token", "--min-ttl", "1s"], { env: { ...env, ORG_AUTH_PROFILE: "default" }, folder: here });
  expect(inEnv.stdout).toBe("default\n");

  expect((await inFolder(here)("switch", "--clear")).stderr).toContain("No profile is chosen any more");
  expect(await profileIn(here)).toBe("default");
});

test("switch --here is for a folder and all below it, and the nearest one counts", async () => {
  const { inFolder, profileIn } = await signedInAs("default", "work", "home");
  const above = tempHome();
  const below = join(above, "a/b");
  mkdirSync(below, { recursive: true });
  await inFolder(above)("switch", "--here", "work");
  await inFolder(below)("switch", "home", "--here");
  const profiles = async (): Promise<readonly string[]> => [
    await profileIn(above),
    await profileIn(join(above, "a")),
    await profileIn(below),
    await profileIn(tempHome()),
  ];
  expect(await profiles()).toEqual(["work", "work", "home", "default"]);

  const cleared = await inFolder(below)("switch", "--here", "--clear", "--json");
  expect(JSON.parse(cleared.stdout)).toEqual({ schemaVersion: 1, folder: below });
  expect(await profiles()).toEqual(["work", "work", "work", "default"]);
});

test("a folder is bound by whatever path one comes to it", async () => {
  const { inFolder, profileIn } = await signedInAs("default", "work");
  const folder = tempHome();
  const link = join(tempHome(), "link");
  symlinkSync(folder, link);
  await inFolder(link)("switch", "work", "--here");
  expect([await profileIn(folder), await profileIn(link)]).toEqual(["work", "work"]);
  await inFolder(folder)("switch", "--clear", "--here");
  expect([await profileIn(folder), await profileIn(link)]).toEqual(["default", "default"]);
});

test("a profile that nobody has signed in to is not switched to, and those that there are are named", async () => {
  const { choices, inFolder } = await signedInAs("work", "home");
  const ended = await inFolder(tempHome())("switch", "wrok");
  expect(ended).toMatchObject({ status: 2, stdout: "" });
  expect(ended.stderr).toContain("there are: home, work");
  for (const args of [[], ["work", "--clear"], ["work", "home"]])
    expect((await inFolder(tempHome())("switch", ...args)).status, args.join(" ")).toBe(2);
  expect(() => statSync(choices)).toThrow("ENOENT");
});

const broken = ["", "{", "[]", "null", '{"profiles":{}}', '{"profiles":{"/":1},"trusted":{}}', "CANARY"];

test("choices that cannot be read are told, with their file and what to do, and are left as they are", async () => {
  const { choices, inFolder, profileIn } = await signedInAs("default", "work");
  const here = tempHome();
  await inFolder(here)("switch", "work");
  const whole = readFileSync(choices, "utf8");
  const refuses = async (...args: string[]): Promise<void> => {
    const ended = await inFolder(here)(...args);
    expect(ended, args.join(" ")).toMatchObject({ status: 2, stdout: "" });
    expect(ended.stderr).toContain(`${choices} is not what it was [config_invalid]`);
    expect(ended.stderr).toContain(`mv '${choices}'`);
    expect(ended.stderr).not.toContain("CANARY");
  };
  for (const content of broken) {
    writeFileSync(choices, content);
    await refuses("switch", "work");
    expect(readFileSync(choices, "utf8")).toBe(content);
  }
  for (const args of [["token", "--min-ttl", "1s"], ["explain"], ["switch", "--clear"]]) await refuses(...args);
  writeFileSync(choices, whole);
  expect(await profileIn(here)).toBe("work");

  chmodSync(choices, 0o666);
  const open = await inFolder(here)("explain");
  expect(open.status).toBe(2);
  expect(open.stderr).toContain(`${choices} can be changed by others`);
});

test("choices made at once by many processes are all kept", async () => {
  const { choices, inFolder } = await signedInAs("work");
  const folders = Array.from({ length: 8 }, tempHome);
  const ended = await Promise.all(folders.map((folder) => inFolder(folder)("switch", "work", "--here")));
  expect(ended.map(({ status }) => status)).toEqual(folders.map(() => 0));
  const { profiles } = JSON.parse(readFileSync(choices, "utf8")) as { profiles: Readonly<Record<string, string>> };
  expect(Object.keys(profiles).sort()).toEqual(folders.toSorted());
});

test("two processes with two profiles do not disturb one another, whatever is chosen meanwhile", async () => {
  const world = await setUp({ accessTokenLifetimeMs: 1_000 });
  const profiles = ["work", "home"];
  for (const profile of profiles) expect((await world.signIn("--profile", profile)).status).toBe(0);
  const folder = tempHome();
  const token = (profile: string): Promise<Ended> =>
    run(["token", "--min-ttl", "0s"], { env: { ...world.env, ORG_AUTH_PROFILE: profile }, folder });
  const first = await Promise.all(profiles.map(token));
  world.server.setAccessTokenLifetimeMs(3_600_000);

  const renew = async (profile: string, options: object): Promise<Ended> =>
    await run(["token", "--min-ttl", "50m", "--profile", profile], { env: world.env, folder, ...options });
  const [work, home, switched] = await Promise.all([
    renew("work", {}),
    renew("home", {}),
    run(["switch", "work"], { env: world.env, folder }),
  ]);
  for (const { status } of [...first, work, home, switched]) expect(status).toBe(0);
  expect(work.stdout).not.toBe(home.stdout);
  for (const ended of [work, home])
    expect(await world.server.introspect(ended.stdout.trim())).toMatchObject({ active: true });
  expect(world.server.refreshTokenReuses).toBe(0);

  // Each still renews by itself, and ending one leaves the other alone.
  expect((await run(["logout", "--profile", "work"], { env: world.env, folder })).status).toBe(0);
  expect((await renew("home", {})).stdout).toBe(home.stdout);
});
