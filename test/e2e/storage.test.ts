import { cpSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { run, setUp, start } from "./org-auth.ts";

/** A person who is signed in with the file store, and may use others. */
async function signedIn() {
  const all = await setUp();
  await all.signIn();
  const env = { ...all.env, ORG_AUTH_STORE: undefined };
  const withPassphrase = { ...env, ORG_AUTH_STORE_PASSPHRASE: "CANARY-words" };
  const orgAuth = (...args: string[]) => run(args, { env: withPassphrase });
  const folder = join(env.HOME, ".local/share/org-auth");
  const files = (section: string): readonly string[] => readdirSync(join(folder, section));
  return { ...all, env, withPassphrase, orgAuth, folder, files };
}

test("F78 without a keyring a sign-in ends before anybody is asked for anything, and names what would do", async () => {
  const { server, env } = await setUp();
  const unset = { ...env, ORG_AUTH_STORE: undefined };
  const login = await run(["login", "--no-browser"], { env: unset });
  expect(login).toMatchObject({ status: 6, stdout: "" });
  expect(login.stderr).toContain("[keyring_missing]");
  expect(login.stderr).toContain("org-auth login --store file");
  expect(server.requests.map(({ path }) => path)).toEqual(["/.well-known/openid-configuration"]);
});

test("a login is found wherever it is kept, and with --store only there", async () => {
  const { orgAuth } = await signedIn();
  const token = await orgAuth("token");
  expect(token).toMatchObject({ status: 0, stderr: "" });
  expect(await orgAuth("token", "--store", "file")).toMatchObject({ status: 0, stdout: token.stdout });
  expect(await orgAuth("token", "--store", "passphrase")).toMatchObject({ status: 4, stdout: "" });
  const status = await orgAuth("status");
  expect(status.stdout).toContain("stored  file");
});

test("a login that a passphrase seals shows nothing on the disk and opens with no other", async () => {
  const { server, person, withPassphrase, orgAuth, folder, files } = await signedIn();
  const login = start(["login", "--no-browser", "--force", "--store", "passphrase"], { env: withPassphrase });
  await person.signIn(await login.said(/^ +(http\S+\/auth\?\S+)$/m));
  expect(await login.ended).toMatchObject({ status: 0 });
  expect(files("credentials")).toEqual([]); // One login of that name, in one place.

  const token = await orgAuth("token");
  expect(await server.introspect(token.stdout.trim())).toMatchObject({ active: true });
  const [file = ""] = files("passphrase");
  expect(readFileSync(join(folder, "passphrase", file), "utf8")).not.toContain(token.stdout.trim());

  const wrong = await run(["token"], { env: { ...withPassphrase, ORG_AUTH_STORE_PASSPHRASE: "CANARY-other" } });
  expect(wrong).toMatchObject({ status: 6, stdout: "" });
  expect(wrong.stderr).toContain("[passphrase_wrong]");
  expect(wrong.stderr).not.toContain("CANARY");
});

test("logins move from one store to another and back, once what was written has been read again", async () => {
  const { orgAuth, files } = await signedIn();
  const { stdout: token } = await orgAuth("token");

  const dry = await orgAuth("storage", "move", "--to", "passphrase", "--dry-run");
  expect(dry).toMatchObject({ status: 0 });
  expect(dry.stderr).toContain("would move");
  expect(files("credentials")).toHaveLength(1);

  for (const [to, from] of [
    ["passphrase", "credentials"],
    ["file", "passphrase"],
  ] as const) {
    expect(await orgAuth("storage", "move", "--to", to)).toMatchObject({ status: 0, stdout: "" });
    expect(files(from)).toEqual([]);
    expect(await orgAuth("token")).toMatchObject({ status: 0, stdout: token, stderr: "" });
  }
  expect((await orgAuth("storage", "move", "--to", "file")).stderr).toContain("nothing to move");
  expect((await orgAuth("storage", "move", "--to", "memory")).status).toBe(2);
});

test("F86 a move that was interrupted between writing and taking away is completed by the next, whichever way it goes", async () => {
  for (const to of ["passphrase", "file"]) {
    const { orgAuth, api, server, folder, files } = await signedIn();
    // Both copies are there, and the one that is in use has been renewed since.
    cpSync(join(folder, "credentials"), join(folder, "before"), { recursive: true });
    await orgAuth("storage", "move", "--to", "passphrase");
    cpSync(join(folder, "before"), join(folder, "credentials"), { recursive: true });
    api.refuse((await orgAuth("token")).stdout.trim());
    expect((await orgAuth("curl", "/me")).status).toBe(0);
    const { stdout: renewed } = await orgAuth("token");

    expect(await orgAuth("storage", "move", "--to", to)).toMatchObject({ status: 0 });
    expect([...files("credentials"), ...files("passphrase")]).toHaveLength(1);
    expect(await orgAuth("token")).toMatchObject({ status: 0, stdout: renewed });
    expect(server.refreshTokenReuses).toBe(0);
  }
});

test("a store that cannot be written to keeps what is elsewhere where it is", async () => {
  const { orgAuth, files } = await signedIn();
  const moved = await orgAuth("storage", "move", "--to", "keyring");
  expect(moved).toMatchObject({ status: 6, stdout: "" });
  expect(moved.stderr).toContain("[keyring_missing]");
  expect(files("credentials")).toHaveLength(1);
});

test("storage status tells which stores can be used, what each keeps, and where new logins go", async () => {
  const { orgAuth } = await signedIn();
  const status = await orgAuth("storage", "status", "--json");
  expect(status).toMatchObject({ status: 0, stderr: "" });
  expect(JSON.parse(status.stdout)).toMatchObject({
    schemaVersion: 1,
    new_logins: "keyring",
    chosen_because: "default",
    stores: [
      { kind: "keyring", logins: 0, usable: false, reason: "keyring_missing" },
      { kind: "passphrase", logins: 0, usable: true },
      { kind: "file", logins: 1, usable: true },
    ],
  });
  expect((await orgAuth("storage", "status")).stdout).toContain("New logins go to keyring (default).");
});
