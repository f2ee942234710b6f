import { execFileSync } from "node:child_process";
import {
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { hasSystemPackage } from "../../tools/system-packages/has-system-package.ts";
import { run, setUp, start, tempHome } from "../e2e/org-auth.ts";
import { expiringLogin } from "../storm/expiring-login.ts";
import { underStrace } from "./under-strace.ts";

test("F10 without a home nothing is written anywhere, and the variable is named", async () => {
  const { env } = await setUp();
  const folder = tempHome();
  for (const HOME of [undefined, "relative-home", join(folder, "none")]) {
    for (const command of [["login", "--no-browser"], ["token"]]) {
      const { status, stdout, stderr } = await run(command, { env: { ...env, HOME } });
      expect({ status, said: stdout + stderr }, command[0]).toMatchObject({
        status: 6,
        said: expect.stringContaining("HOME names no folder") as string,
      });
      expect(stderr).not.toContain("Open this address");
    }
  }
  expect(readdirSync(folder)).toEqual([]);
  expect(existsSync("relative-home")).toBe(false);

  // The XDG specification says that a relative one is to be ignored.
  const login = await expiringLogin();
  const relative = { ...login.env, XDG_DATA_HOME: "relative-data" };
  expect(await run(["token"], { env: relative })).toMatchObject({ status: 0, stderr: "" });
  await login.expire();
  expect(await run(["token"], { env: relative })).toMatchObject({ status: 0, stderr: "" });
  expect(existsSync("relative-data")).toBe(false);
});

test("F13 F14 F15 a login that cannot be read is named and left alone, and signing in puts it aside", async () => {
  const { credentials, fileName, orgAuth, signIn } = await expiringLogin();
  const file = join(credentials, fileName);
  const whole = readFileSync(file);
  for (const [what, content] of Object.entries({
    truncated: whole.subarray(0, -40),
    zeros: Buffer.alloc(whole.length),
    UTF_16: Buffer.from(whole.toString("latin1"), "utf16le"),
    deep: Buffer.from("[".repeat(100_000)),
    large: Buffer.alloc(6 * 1024 * 1024, " "),
    empty: Buffer.alloc(0),
  })) {
    writeFileSync(file, content);
    const { status, stdout, stderr } = await orgAuth("token");
    expect({ status, stdout }, `${what}: ${stderr}`).toEqual({ status: 6, stdout: "" });
    expect(stderr, what).toContain(`cannot read ${file}: `);
    expect(stderr, what).toContain("[store_corrupt]");
    expect(readFileSync(file).equals(content), what).toBe(true);
  }

  const again = await signIn();
  expect(again.status, again.stderr).toBe(0);
  expect(await orgAuth("token")).toMatchObject({ status: 0, stderr: "" });
  const [kept, aside = "", ...others] = readdirSync(credentials).sort();
  expect([kept, others]).toEqual([fileName, []]);
  expect(aside).toContain(`${fileName}.corrupt-`);
  expect(again.stderr).toContain(`put aside as ${join(credentials, aside)}`);
  expect(readFileSync(join(credentials, aside), "utf8")).toBe("");
});

test("F13 F14 F16 a login that cannot be read is not lost by signing in to another store: it is put aside, or stays if it is newer", async () => {
  const { credentials, env, fileName, orgAuth, person } = await expiringLogin();
  const file = join(credentials, fileName);
  const whole = readFileSync(file, "utf8");
  const withPassphrase = { ...env, ORG_AUTH_STORE: "passphrase", ORG_AUTH_STORE_PASSPHRASE: "test-only words" };

  const newer = whole.replace('"version": 1', '"version": 99');
  writeFileSync(file, newer);
  const refused = await run(["login", "--no-browser"], { env: withPassphrase });
  expect(refused).toMatchObject({ status: 6, stdout: "" });
  expect(refused.stderr).toContain("[store_newer]");
  expect(refused.stderr).not.toContain("Open this address");
  expect(readFileSync(file, "utf8")).toBe(newer);

  writeFileSync(file, "cut sho");
  const login = start(["login", "--no-browser"], { env: withPassphrase });
  const address = await login.said(/^ +(http\S+\/auth\?\S+)$/m);
  const [aside = "", ...others] = readdirSync(credentials);
  expect(others).toEqual([]);
  expect(readFileSync(join(credentials, aside), "utf8")).toBe("cut sho");
  expect(await login.said(/put aside as (.+)$/m)).toBe(join(credentials, aside));
  await person.signIn(address);
  expect(await login.ended).toMatchObject({ status: 0 });
  expect(readdirSync(credentials)).toEqual([aside]);
  expect(await run(["token"], { env: withPassphrase })).toMatchObject({ status: 0, stderr: "" });

  // A logout leaves it too, and what a newer release has put there meanwhile.
  writeFileSync(file, newer, { mode: 0o600 });
  const everywhere = { ...withPassphrase, ORG_AUTH_STORE: undefined };
  expect(await run(["logout"], { env: everywhere })).toMatchObject({ status: 6 });
  writeFileSync(file, whole);
  const passphrase = join(credentials, "../passphrase", fileName);
  const sealed = readFileSync(passphrase, "utf8");
  writeFileSync(passphrase, sealed.replace('"version": 1', '"version": 99'));
  expect(await run(["logout"], { env: everywhere })).toMatchObject({ status: 6 });
  expect(readdirSync(credentials).sort()).toEqual([fileName, aside].sort());
  expect(readFileSync(passphrase, "utf8")).toContain("99");
  expect(await orgAuth("token")).toMatchObject({ status: 0 });
});

test("F15 a login of two gigabytes is not read", async () => {
  const { credentials, fileName, orgAuth } = await expiringLogin();
  truncateSync(join(credentials, fileName), 2 ** 31);
  const ended = await orgAuth("token");
  expect(ended).toMatchObject({ status: 6, stdout: "" });
  expect(ended.stderr).toContain("it is too large [store_corrupt]");
});

test.skipIf(process.platform === "win32")(
  "F24 T6 a pipe or a link in the place of a login keeps nobody waiting, and says the same both ways",
  async () => {
    const { credentials, fileName, orgAuth } = await expiringLogin();
    const file = join(credentials, fileName);
    renameSync(file, `${file}.real`);
    for (const [plant, why] of [
      [() => symlinkSync(`${file}.real`, file), "it is a symbolic link"],
      [() => execFileSync("mkfifo", ["-m", "600", file]), "it is not a file"],
    ] as const) {
      plant();
      for (const command of [["token"], ["token", "--min-ttl", "1s"]]) {
        const ended = await orgAuth(...command);
        expect(ended).toMatchObject({ status: 6, stdout: "" });
        expect(ended.stderr).toContain(`cannot read ${file}: ${why} [store_corrupt]`);
      }
      rmSync(file);
    }
  },
);

test("F16 a login of a newer release is refused by every command and changed by none", async () => {
  const { credentials, fileName, orgAuth } = await expiringLogin();
  const file = join(credentials, fileName);
  const text = readFileSync(file, "utf8").replace('"version": 1', '"version": 99');
  writeFileSync(file, text);
  for (const command of [["token"], ["curl", "/me"], ["logout"], ["login", "--no-browser"]]) {
    const ended = await orgAuth(...command);
    expect(ended, command[0]).toMatchObject({ status: 6, stdout: "" });
    expect(ended.stderr).toContain("was written by a newer release (format 99) [store_newer]");
    expect(ended.stderr).not.toContain("Open this address");
  }
  expect(readFileSync(file, "utf8")).toBe(text);
  expect(readdirSync(credentials)).toEqual([fileName]);
});

test.skipIf(!hasSystemPackage("strace"))("F18 among two thousand logins one is read by opening one file", async () => {
  const { credentials, env, fileName, kept, orgAuth } = await expiringLogin();
  const text = readFileSync(join(credentials, fileName), "utf8");
  for (let count = 1; count < 2000; count++) {
    const stem = fileName.slice(0, -".json".length).replace(/default$/, `profile-${count}`);
    writeFileSync(join(credentials, `${stem}.json`), text.replace(fileName.slice(0, -".json".length), stem), {
      mode: 0o600,
    });
  }
  for (const args of [
    ["token", "--profile", "profile-1234"],
    ["token", "--min-ttl", "1s"],
  ]) {
    const { under, calls } = underStrace();
    expect(await run(args, { env, under })).toMatchObject({
      status: 0,
      stdout: `${(await kept()).accessToken}\n`,
      stderr: "",
    });
    const opened = calls().flatMap(
      (call) => new RegExp(`^openat\\(AT_FDCWD, "${credentials}/([^"]+)"`).exec(call)?.[1] ?? [],
    );
    expect(new Set(opened).size).toBe(1);
  }
  const status = await orgAuth("status", "--json");
  expect((JSON.parse(status.stdout) as { accounts: unknown[] }).accounts).toHaveLength(2000);
});
