import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { formatKey } from "@org/auth-core";
import { credentialToJson } from "@org/auth-core/storage";
import { expect, test } from "vitest";
import { hasSystemPackage } from "../../tools/system-packages/has-system-package.ts";
import { run, start, startProgram, type StartOptions } from "../e2e/org-auth.ts";
import { expiringLogin } from "../storm/expiring-login.ts";
import { underFastClock } from "./under-clock.ts";
import { until } from "./until.ts";

test("F20 a lock that a dead process has left is nobody's", async () => {
  const { env, expire, key, locks } = await expiringLogin();
  await expire();
  const path = join(locks, formatKey(key));
  writeFileSync(`${path}.lock`, "");
  writeFileSync(`${path}.holder`, "pid 999999, since 2001-01-01T00:00:00.000Z\n");
  expect(await run(["token"], { env })).toMatchObject({ status: 0, stderr: "" });
  expect(readFileSync(`${path}.holder`, "utf8")).not.toContain("999999");
});

test.skipIf(!hasSystemPackage("faketime"))(
  "F22 F37 the lock of a stopped process is not taken from it: whoever waits gives up after 30 s, also where it is an hour later",
  async () => {
    const { env, expire, kept, server } = await expiringLogin();
    await expire();
    server.delayTokenResponsesMs = 200;
    const holder = start(["token"], { env });
    await until(() => server.tokenRequests("refresh_token") === 1);
    holder.child.kill("SIGSTOP");

    for (const clock of [underFastClock(), underFastClock("+1h")]) {
      const waiter = await run(["token"], { env, under: clock });
      expect(waiter).toMatchObject({ status: 3, stdout: "" });
      expect(waiter.stderr).toMatch(/^error: 30 s were not enough to get the lock /);
      expect(waiter.stderr).toContain(`another process (pid ${holder.child.pid ?? 0}, since 20`);
      expect(waiter.stderr).toContain("holds it [store_locked]");
    }

    holder.child.kill("SIGCONT");
    const ended = await holder.ended;
    const { accessToken } = await kept();
    expect(ended).toMatchObject({ status: 0, stdout: `${accessToken}\n`, stderr: "" });
    expect(server.tokenRequests("refresh_token")).toBe(1);
    expect(await server.introspect(accessToken)).toMatchObject({ active: true });
  },
);

test("F26 a logout among twenty renewals is the last word: nothing comes back", async () => {
  const { env, expire, orgAuth, server, store, key } = await expiringLogin();
  await expire();
  server.delayTokenResponsesMs = 300;
  const renewals = Array.from({ length: 20 }, () => start(["token"], { env }));
  await until(() => server.tokenRequests("refresh_token") === 1);
  expect(await orgAuth("logout")).toMatchObject({ status: 0 });

  for (const { ended } of renewals) {
    const { status, stderr } = await ended;
    expect([0, 4], stderr).toContain(status);
  }
  expect(server.refreshTokenReuses).toBe(0);
  expect(await store.read(key)).toBeUndefined();
  expect(await orgAuth("token")).toMatchObject({ status: 4, stdout: "" });
});

test("F27 a login among renewals wins, and what they brought is dropped", async () => {
  const { env, expire, kept, orgAuth, person, server } = await expiringLogin();
  const old = await expire();
  const login = start(["login", "--no-browser", "--force"], { env });
  const address = await login.said(/^ +(http\S+\/auth\?\S+)$/m);
  server.delayTokenResponsesMs = 300;
  const renewals = Array.from({ length: 10 }, () => start(["token"], { env }));
  await until(() => server.tokenRequests("refresh_token") === 1);
  await person.signIn(address);
  expect(await login.ended).toMatchObject({ status: 0 });

  for (const { ended } of renewals) expect(await ended).toMatchObject({ status: 0, stderr: "" });
  expect(server.tokenRequests("refresh_token")).toBe(1);
  const last = await kept();
  expect(last).toMatchObject({ generation: 0 });
  expect(last.obtainedAtMs).toBeGreaterThan(old.obtainedAtMs);
  expect(await orgAuth("token")).toMatchObject({ status: 0, stdout: `${last.accessToken}\n` });
  expect(await server.introspect(last.accessToken)).toMatchObject({ active: true });
});

test("B.6-6 F19 fifty processes that each keep a login of their own lose none", async () => {
  const { credentials, env, kept, key, store } = await expiringLogin();
  const program = join(import.meta.dirname, "keep-copy.ts");
  const profiles = Array.from({ length: 50 }, (_, index) => `profile-${index}`);
  const writers = profiles.map((profile) =>
    startProgram([process.execPath, program, dirname(credentials), formatKey(key), profile], { env }),
  );
  for (const { ended } of writers) expect(await ended).toMatchObject({ status: 0 });
  expect((await store.list()).map(({ profile }) => profile).sort()).toEqual(["default", ...profiles].sort());
  const original = credentialToJson(await kept());
  for (const profile of profiles) {
    const copy = await store.read({ ...key, profile });
    expect(copy && credentialToJson(copy)).toEqual(original);
  }
});

test.skipIf(process.platform !== "linux")(
  "F32 too few open files: a plain error, or a warning, and the login stays whole",
  async () => {
    const { env, expire, kept } = await expiringLogin({ rotateRefreshTokens: false });
    const empty = join(env.HOME, "empty.cjs");
    writeFileSync(empty, "");
    const atMost = (limit: number): StartOptions => ({ env, under: ["prlimit", `--nofile=${limit}`] });
    let limit = 16;
    while ((await startProgram([process.execPath, empty], atMost(limit)).ended).status !== 0) limit++;

    const statuses: (number | null)[] = [];
    for (; statuses.at(-1) !== 0 || statuses.at(-2) !== 0; limit++) {
      const { generation } = await expire();
      const { status, stdout, stderr } = await run(["token"], atMost(limit));
      statuses.push(status);
      expect(stderr, `${limit} files`).toMatch(
        status === 0
          ? /^(warning: [^\n]*EMFILE[^\n]* \[store_unavailable\]\n[^\n]+\n)?$/
          : /^error: [^\n]+ \[\w+\]\n( {2}fix: [^\n]+\n)?$/,
      );
      expect(stdout).toMatch(status === 0 ? /^\S{20,}\n$/ : /^$/);
      expect((await kept()).generation - generation).toBeLessThanOrEqual(status === 0 ? 1 : 0);
    }
    expect(statuses[0]).toBe(1);
  },
);
