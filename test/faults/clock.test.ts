import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { hasSystemPackage } from "../../tools/system-packages/has-system-package.ts";
import { run, setUp, start } from "../e2e/org-auth.ts";
import { expiringLogin } from "../storm/expiring-login.ts";
import { underClock, underClockOf } from "./under-clock.ts";
import { until } from "./until.ts";

const hasFaketime = hasSystemPackage("faketime");

test.skipIf(!hasFaketime)("F34 a clock an hour ahead costs one renewal and no more, and is told of", async () => {
  const { env, kept, server } = await expiringLogin();
  const { accessToken } = await kept();
  const options = { env, under: underClock("+1h") };
  const first = await run(["token"], options);
  const stderr = `warning: your clock is about 60 min fast, going by that of ${server.issuer}\n`;
  expect(first).toMatchObject({ status: 0, stderr });
  expect(first.stdout).not.toBe(`${accessToken}\n`);
  expect(await run(["token"], options)).toEqual({ ...first, stderr: "" });
  expect(await run(["curl", "/me"], options)).toMatchObject({ status: 0, stderr: "" });
  expect(server.tokenRequests("refresh_token")).toBe(1);
  expect(await server.introspect(first.stdout.trim())).toMatchObject({ active: true });
});

test.skipIf(!hasFaketime)(
  "F35 a clock an hour behind: a dead token is sent, refused, renewed once and replaced",
  async () => {
    const { api, env, expire, kept, server } = await expiringLogin();
    const { accessToken } = await expire();
    api.refuse(accessToken); // It ended half an hour ago.
    const options = { env, under: underClock("-1h") };
    expect(await run(["token"], options)).toMatchObject({ status: 0, stdout: `${accessToken}\n` });
    const stderr = `warning: your clock is about 60 min slow, going by that of ${server.issuer}\n`;
    expect(await run(["curl", "/me"], options)).toMatchObject({ status: 0, stderr });
    expect(api.requests).toHaveLength(2);
    expect(server.tokenRequests("refresh_token")).toBe(1);
    const renewed = await run(["token"], options);
    expect(renewed).toMatchObject({ status: 0, stdout: `${(await kept()).accessToken}\n` });
    expect(await server.introspect(renewed.stdout.trim())).toMatchObject({ active: true });
    expect(server.tokenRequests("refresh_token")).toBe(1);
  },
);

for (const [title, clock, skew] of [
  ["F34 F35 a clock an hour behind, by which an ID token is from the future,", "-1h", "about 60 min slow"],
  ["F34 F35 a clock three hours ahead, by which an ID token has ended,", "+3h", "about 3 h fast"],
] as const) {
  test.skipIf(!hasFaketime)(`${title} is named as what a sign-in fails for, and leaves the old login`, async () => {
    const { env, kept, person, server } = await expiringLogin();
    const { accessToken } = await kept();
    const options = { env, under: underClock(clock) };
    const browser = start(["login", "--no-browser", "--force"], options);
    await person.signIn(await browser.said(/^ +(http\S+\/auth\?\S+)$/m));
    const device = start(["login", "--device", "--force"], options);
    const verificationUri = await device.said(/Open +(\S+)/);
    await person.approveDevice({ verificationUri, userCode: await device.said(/Confirm +(\S+)/) });

    for (const { ended } of [browser, device]) {
      const { status, stdout, stderr } = await ended;
      expect({ status, stdout }, stderr).toEqual({ status: 5, stdout: "" });
      const warning = `warning: your clock is ${skew}, going by that of ${server.issuer}\n`;
      expect(stderr.split(warning)).toHaveLength(2);
      expect(stderr).toMatch(/^error: .* the ID token is not of this moment \[clock_skew\]\n {2}fix: Set the clock/m);
      expect(stderr).toContain(`this machine's clock, which is ${skew},`);
    }
    expect((await kept()).accessToken).toBe(accessToken);
  });
}

test("4.1-33 F34 an absurd date of the server's is a hint and costs nothing", async () => {
  const { expire, orgAuth, server } = await expiringLogin();
  for (const [date, said] of [
    ["Thu, 01 Jan 1970 00:00:00 GMT", /^warning: your clock is about \d{5} days fast, going by that of \S+\n$/],
    ["Fri, 31 Dec 9999 23:59:59 GMT", /^warning: your clock is about \d{7} days slow, going by that of \S+\n$/],
    ["soon", /^$/],
  ] as const) {
    await expire();
    const body = { access_token: "fake", token_type: "Bearer", expires_in: 3600 };
    server.failNext("/token", { status: 200, headers: { date }, body });
    const ended = await orgAuth("token");
    expect(ended, date).toMatchObject({ status: 0, stdout: "fake\n" });
    expect(ended.stderr).toMatch(said);
  }
});

for (const jump of ["+1h", "-1h"]) {
  test.skipIf(!hasFaketime)(
    `F36 a clock that jumps by ${jump} while a person signs in ends no wait, and starts none`,
    async () => {
      const { env, home, person } = await setUp();
      const clock = join(home, "clock");
      writeFileSync(clock, "+0");
      // Without an ID token, which is of another moment by such a clock.
      const options = { env: { ...env, ORG_AUTH_SCOPE: "api:read" }, under: underClockOf(clock) };
      const browser = start(["login", "--no-browser", "--force"], options);
      const device = start(["login", "--device", "--profile", "device"], options);
      const address = await browser.said(/^ +(http\S+\/auth\?\S+)$/m);
      const verificationUri = await device.said(/Open +(\S+)/);
      const userCode = await device.said(/Confirm +(\S+)/);

      writeFileSync(clock, jump);
      await person.signIn(address);
      await person.approveDevice({ verificationUri, userCode });
      expect(await browser.ended).toMatchObject({ status: 0, stdout: "" });
      expect(await device.ended).toMatchObject({ status: 0, stdout: "" });
    },
  );
}

test.skipIf(!hasFaketime)("F40 in any year every command works or says why not, and ends", async () => {
  for (const [clock, isLater] of [
    ["@1970-01-01 12:00:00", false],
    ["@2038-01-20 00:00:00", true],
    ["@9999-12-30 00:00:00", true],
  ] as const) {
    const { api, env, kept, server } = await expiringLogin();
    const options = { env, under: underClock(clock) };
    const warning = expect.stringMatching(/^warning: your clock is about \d+ days (fast|slow), [^\n]+\n$/) as string;
    expect(await run(["status"], options), clock).toMatchObject({ status: 0, stderr: "" });
    expect(await run(["token", "--json"], options), clock).toMatchObject({ status: 0, stderr: isLater ? warning : "" });
    expect(await run(["curl", "/me"], options), clock).toMatchObject({ status: 0, stderr: "" });
    api.refuseNext(1);
    expect(await run(["curl", "/me"], options), clock).toMatchObject({ status: 0, stderr: warning });
    expect(await run(["status"], options), clock).toMatchObject({ status: 0, stderr: "" });
    expect(server.tokenRequests("refresh_token"), clock).toBe(isLater ? 2 : 1);
    expect(await server.introspect((await kept()).accessToken)).toMatchObject({ active: true });
  }
});

test.skipIf(!hasFaketime)(
  "F41 a token of a second serves the call that renewed it; for ten seconds no other is asked for, and that is said",
  async () => {
    const { env, expire, kept, server } = await expiringLogin();
    server.setAccessTokenLifetimeMs(1_000);
    await expire();
    for (const [requests, laterSeconds] of [
      [1, 0],
      [2, 11],
    ] as const) {
      const options = { env, under: underClock(`+${laterSeconds}`) };
      const first = await run(["token"], options);
      const { accessToken, expiresAtMs = 0 } = await kept();
      expect(first).toMatchObject({ status: 0, stdout: `${accessToken}\n`, stderr: "" });
      await until(() => Date.now() + laterSeconds * 1000 > expiresAtMs);
      for (const command of [["token"], ["token"], ["curl", "/me"]]) {
        const ended = await run(command, options);
        expect(ended).toMatchObject({ status: 1, stdout: "" });
        expect(ended.stderr).toMatch(
          /^error: a token of \S+ lives for 1000 ms, .* \[token_short_lived\]\n {2}fix: Have /,
        );
      }
      expect(server.tokenRequests("refresh_token")).toBe(requests);
    }

    // One that lives but a little longer is renewed whenever it has ended.
    server.setAccessTokenLifetimeMs(2_000);
    const options = { env, under: underClock("+22") };
    for (let requests = 3; requests <= 4; requests++) {
      expect(await run(["token"], options)).toMatchObject({ status: 0, stderr: "" });
      expect(server.tokenRequests("refresh_token")).toBe(requests);
      const { expiresAtMs = 0 } = await kept();
      await until(() => Date.now() + 22_000 > expiresAtMs);
    }
  },
);

test("F41 a server that gives its tokens no life at all is not asked at every call", async () => {
  const { env, expire, orgAuth, server } = await expiringLogin();
  let requests = 0;
  for (const expires_in of [0, "0", -60]) {
    await expire();
    const access_token = `fake-${String(expires_in)}`;
    server.failNext("/token", { status: 200, body: { access_token, token_type: "Bearer", expires_in } });
    requests++;
    for (let call = 1; call <= 3; call++) {
      expect(await orgAuth("token")).toMatchObject({ status: 0, stdout: `${access_token}\n`, stderr: "" });
      expect(server.tokenRequests("refresh_token")).toBe(requests);
    }
  }
  // An API that refuses it has it renewed once.
  expect(await run(["curl", "/me"], { env })).toMatchObject({ status: 0, stderr: "" });
  expect(server.tokenRequests("refresh_token")).toBe(requests + 1);
});
