import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, renameSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startRecordingServer, type RecordingServer } from "@org/auth-testing";
import { expect, onTestFinished, test } from "vitest";
import { dotenvFolder } from "./dotenv-folder.ts";
import { run, tempHome, type Ended } from "./org-auth.ts";

/** An API that takes any key, and a person who has one. */
async function setUpApi() {
  const api: RecordingServer = await startRecordingServer();
  onTestFinished(() => api.close());
  const home = tempHome();
  const env = { HOME: home, PATH: process.env["PATH"], ORG_AUTH_API_KEY: "test-only" };
  const inFolder =
    (folder: string) =>
    (...args: string[]): Promise<Ended> =>
      run(args, { env, folder });
  return { api, home, env, inFolder };
}

test("2.3 what a trusted file says counts, until it is trusted no longer", async () => {
  const { api, inFolder } = await setUpApi();
  const { folder, path } = dotenvFolder({ ORG_AUTH_API_URL: api.origin, ORG_AUTH_SCOPE: "a b" });
  const orgAuth = inFolder(folder);
  expect(await orgAuth("curl", "/me")).toMatchObject({ status: 5 });

  const trusted = await orgAuth("trust");
  expect(trusted).toMatchObject({ status: 0, stdout: "" });
  expect(trusted.stderr).toContain(`Trusted ${path}, which sets ORG_AUTH_API_URL, ORG_AUTH_SCOPE.`);
  expect(await orgAuth("curl", "/me")).toMatchObject({ status: 0, stderr: "" });
  expect(api.requests).toHaveLength(1);

  expect(await orgAuth("untrust", ".")).toMatchObject({ status: 0, stdout: "" });
  expect(await orgAuth("curl", "/me")).toMatchObject({ status: 5 });
  expect((await orgAuth("untrust")).stderr).toContain("It was not trusted");
  expect(api.requests).toHaveLength(1);
});

test("4.6-79 a file that has changed is not trusted any more, and is again when it is as it was", async () => {
  const { api, inFolder } = await setUpApi();
  const { folder, path } = dotenvFolder({ ORG_AUTH_API_URL: api.origin });
  const orgAuth = inFolder(folder);
  await orgAuth("trust");
  const before = readFileSync(path, "utf8");
  for (const content of [`${before}\n`, `# ${before}${before}`, before.replace("/", "/ ")]) {
    writeFileSync(path, content);
    const ended = await orgAuth("curl", "/me");
    expect(ended).toMatchObject({ status: 5, stdout: "" });
    expect(ended.stderr).toContain(`org-auth trust '${path}'`);
  }
  expect(api.requests).toEqual([]);
  writeFileSync(path, before);
  expect((await orgAuth("curl", "/me")).status).toBe(0);
});

test("2.3 trust is in one path: the same file elsewhere, or another one put in its place, has none", async () => {
  const { api, inFolder } = await setUpApi();
  const { folder, path } = dotenvFolder({ ORG_AUTH_API_URL: api.origin });
  await inFolder(folder)("trust");
  const copy = tempHome();
  copyFileSync(path, join(copy, ".env"));
  expect((await inFolder(copy)("curl", "/me")).status).toBe(5);

  renameSync(path, join(folder, "kept"));
  symlinkSync(join(folder, "kept"), path);
  const linked = await inFolder(folder)("curl", "/me");
  expect(linked.stderr).toContain("it is a symbolic link");
  expect(api.requests).toEqual([]);
});

test("2.3 a folder is the same by whatever path one comes to it", async () => {
  const { api, inFolder } = await setUpApi();
  const { folder } = dotenvFolder({ ORG_AUTH_API_URL: api.origin });
  const links = tempHome();
  symlinkSync(folder, join(links, "link"));
  for (const [command, named, status] of [
    ["trust", "link", 0],
    ["untrust", "link/.env", 5],
    ["trust", "link/.env", 0],
    ["untrust", folder, 5],
  ] as const) {
    expect((await inFolder(links)(command, named)).status).toBe(0);
    expect((await inFolder(folder)("curl", "/me")).status, `${command} ${named}`).toBe(status);
  }
});

test("trust says what there is nothing to trust in, and answers in JSON", async () => {
  const { home, inFolder } = await setUpApi();
  const { folder, path } = dotenvFolder({ ORG_AUTH_PROFILE: "work", OTHER: "x" });
  const answer = await inFolder(folder)("trust", "--json");
  expect(JSON.parse(answer.stdout)).toEqual({ schemaVersion: 1, path, variables: ["ORG_AUTH_PROFILE"] });
  const taken = await inFolder(folder)("untrust", "--json");
  expect(JSON.parse(taken.stdout)).toEqual({ schemaVersion: 1, path, wasTrusted: true });
  expect(statSync(join(home, ".config/org-auth/choices.json")).mode & 0o777).toBe(0o600);
  expect(statSync(join(home, ".config/org-auth")).mode & 0o777).toBe(0o700);

  const empty = tempHome();
  const nothing = await inFolder(empty)("trust");
  expect(nothing).toMatchObject({ status: 2, stdout: "" });
  expect(nothing.stderr).toContain(`${join(empty, ".env")} has no ORG_AUTH_ variable in it`);
  symlinkSync(path, join(empty, ".env"));
  const link = await inFolder(empty)("trust");
  expect(link.status).toBe(2);
  expect(link.stderr).toContain("it is a symbolic link");
  expect((await inFolder(empty)("trust", ".", "..")).status).toBe(2);
});

test("2.3 a trusted file may hold a whole client, which the environment still beats", async () => {
  const { inFolder, env } = await setUpApi();
  const { folder, path } = dotenvFolder({
    ORG_AUTH_ISSUER: "https://id.example.com",
    ORG_AUTH_CLIENT_ID: "machine",
    ORG_AUTH_CLIENT_SECRET: "test-only",
  });
  await inFolder(folder)("trust");
  const { ORG_AUTH_API_KEY: _, ...bare } = env;
  const chosen = async (own: typeof bare): Promise<unknown> =>
    (JSON.parse((await run(["explain", "--json"], { env: own, folder })).stdout) as { chosen: unknown }).chosen;
  expect(await chosen(bare)).toEqual({
    place: "dotenv",
    name: `ORG_AUTH_CLIENT_SECRET in ${path}`,
    account: "machine",
  });
  expect(await chosen(env)).toEqual({ place: "environment", name: "ORG_AUTH_API_KEY" });
});

test("4.6-77 a pipe that is called .env is left alone at once, by every command", async () => {
  const { home, inFolder } = await setUpApi();
  const folder = join(home, "work");
  mkdirSync(folder);
  execFileSync("mkfifo", [join(folder, ".env")]);
  for (const args of [["status"], ["trust"], ["explain"], ["token"]]) {
    const { stderr } = await inFolder(folder)(...args);
    expect(stderr, args.join(" ")).toContain(`${join(folder, ".env")} is not read: it is not a file`);
  }
});

test("F10 without a home folder trusting a file is an error that names HOME and XDG_CONFIG_HOME", async () => {
  const { folder } = dotenvFolder({ ORG_AUTH_API_URL: "https://api.example.com" });
  const ended = await run(["trust"], { env: { PATH: process.env["PATH"], XDG_DATA_HOME: tempHome() }, folder });
  expect(ended).toMatchObject({
    status: 2,
    stderr: expect.stringMatching(/XDG_CONFIG_HOME nor HOME .*\[config_missing\]$/m),
  });
});
