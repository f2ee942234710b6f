import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { startProgram, tempHome, type Ended } from "../e2e/org-auth.ts";
import { expiringLogin } from "../storm/expiring-login.ts";
import { canBeNobody, giveToNobody, orgAuthAsNobody } from "./as-nobody.ts";

// Root may do what nobody else may, so all of these run as someone else.

test.skipIf(!canBeNobody)("F11 what belongs to someone else is refused, with the command that mends it", async () => {
  const { accessToken, credentials, env, file, orgAuth } = await setUp();
  const wholeProgram = ["token", "--min-ttl", "1s"];
  const given = { status: 0, stdout: `${accessToken}\n`, stderr: "" };
  expect(await orgAuth(...wholeProgram)).toEqual({ ...given, signal: null });

  for (const [path, mode] of [
    [file, 0o600],
    [file, 0o666],
    [credentials, 0o700],
    [credentials, 0o777],
    [dirname(credentials), 0o700],
    [dirname(credentials), 0o777],
  ] as const) {
    const ownMode = statSync(path).mode;
    chownSync(path, 0, 0);
    chmodSync(path, mode);
    for (const command of [wholeProgram, ["token"]]) {
      const { status, stdout, stderr } = await orgAuth(...command);
      expect({ status, stdout }, stderr).toEqual({ status: 6, stdout: "" });
      expect(stderr).toContain(`${path} is owned by root [store_unavailable]`);
      expect(stderr).toContain(`sudo chown -R 65534 '${path}'`);
    }
    chmodSync(path, ownMode);
    giveToNobody(env.HOME);
  }
  expect(await orgAuth(...wholeProgram)).toMatchObject(given);
});

test.skipIf(!canBeNobody)("F11 what others could reach is taken from them, with one note", async () => {
  const { accessToken, credentials, file, orgAuth } = await setUp();
  for (const [path, mode] of [
    [file, 0o644],
    [credentials, 0o777],
    [dirname(credentials), 0o777],
  ] as const) {
    const given = { status: 0, stdout: `${accessToken}\n` };
    const note = `note: other users could reach ${path}; only you can now\n`;
    for (const command of [["token", "--min-ttl", "1s"], ["token"]]) {
      chmodSync(path, mode);
      for (const stderr of [note, ""]) {
        expect(await orgAuth(...command)).toMatchObject({ ...given, stderr });
        expect(statSync(path).mode & 0o077).toBe(0);
      }
    }
  }
});

test.skipIf(!canBeNobody)("F23 where no lock can be had a token is read, and not renewed", async () => {
  const { accessToken, api, file, locks, orgAuth, server } = await setUp();
  const text = readFileSync(file, "utf8");
  const files = readdirSync(locks).map((name) => join(locks, name));
  const unlockable = {
    "the lock cannot be written": () => files.forEach((path) => chmodSync(path, 0o400)),
    "no lock can be made": () => {
      files.forEach((path) => rmSync(path));
      chmodSync(locks, 0o500);
    },
  };
  for (const [why, make] of Object.entries(unlockable)) {
    make();
    expect(await orgAuth("token"), why).toMatchObject({ status: 0, stdout: `${accessToken}\n`, stderr: "" });
    api.refuseNext(1);
    const renewal = await orgAuth("curl", "/me");
    expect(renewal, why).toMatchObject({ status: 6, stdout: "" });
    expect(renewal.stderr, why).toMatch(
      /^error: cannot lock \S+: permission denied \(EACCES\) \[store_unavailable\]\n/,
    );
    expect(readFileSync(file, "utf8")).toBe(text);
  }
  expect(server.tokenRequests("refresh_token")).toBe(0);
});

test.skipIf(!canBeNobody)("F24 what another user has planted in the temporary folder locks nobody out", async () => {
  const { api, env, locks, program, server } = await setUp();
  const shared = tempHome();
  chmodSync(shared, 0o1777);
  mkdirSync(join(shared, "org-auth"), { mode: 0o700 });
  for (const name of readdirSync(locks)) writeFileSync(join(shared, name), "", { mode: 0o600 });
  const planted = readdirSync(shared);
  expect(planted.length).toBeGreaterThan(2);

  api.refuseNext(1);
  const inShared = { env: { ...env, TMPDIR: shared, TMP: shared, TEMP: shared } };
  expect(await startProgram([...program, "curl", "/me"], inShared).ended).toMatchObject({ status: 0, stderr: "" });
  expect(server.tokenRequests("refresh_token")).toBe(1);
  expect(readdirSync(shared)).toEqual(planted);
  for (const path of [locks, ...readdirSync(locks).map((name) => join(locks, name))]) {
    const { uid, mode } = statSync(path);
    expect({ uid, others: mode & 0o077 }).toEqual({ uid: 65534, others: 0 });
  }
});

/** A login of that other user's. */
async function setUp() {
  const login = await expiringLogin();
  const { credentials, env, fileName, kept } = login;
  const { accessToken } = await kept();
  giveToNobody(env.HOME);
  const program = orgAuthAsNobody();
  const orgAuth = (...args: string[]): Promise<Ended> => startProgram([...program, ...args], { env }).ended;
  return { ...login, accessToken, file: join(credentials, fileName), orgAuth, program };
}
