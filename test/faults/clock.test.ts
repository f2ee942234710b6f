import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { hasSystemPackage } from "../../tools/system-packages/has-system-package.ts";
import { run, setUp, start } from "../e2e/org-auth.ts";
import { expiringLogin } from "../storm/expiring-login.ts";
import { underClock, underClockOf } from "./under-clock.ts";

const hasFaketime = hasSystemPackage("faketime");

test.skipIf(!hasFaketime)("F34 a clock an hour ahead costs one renewal, and no more", async () => {
  const { env, kept, server } = await expiringLogin();
  const { accessToken } = await kept();
  const options = { env, under: underClock("+1h") };
  const first = await run(["token"], options);
  expect(first).toMatchObject({ status: 0, stderr: "" });
  expect(first.stdout).not.toBe(`${accessToken}\n`);
  expect(await run(["token"], options)).toEqual(first);
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
    expect(await run(["curl", "/me"], options)).toMatchObject({ status: 0, stderr: "" });
    expect(api.requests).toHaveLength(2);
    expect(server.tokenRequests("refresh_token")).toBe(1);
    const renewed = await run(["token"], options);
    expect(renewed).toMatchObject({ status: 0, stdout: `${(await kept()).accessToken}\n` });
    expect(await server.introspect(renewed.stdout.trim())).toMatchObject({ active: true });
    expect(server.tokenRequests("refresh_token")).toBe(1);
  },
);

for (const jump of ["+1h", "-1h"]) {
  test.skipIf(!hasFaketime)(
    `F36 a clock that jumps by ${jump} while a person signs in ends no wait, and starts none`,
    async () => {
      const { env, home, person } = await setUp();
      const clock = join(home, "clock");
      writeFileSync(clock, "+0");
      const options = { env, under: underClockOf(clock) };
      const browser = start(["login", "--no-browser"], options);
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
    expect(await run(["status"], options), clock).toMatchObject({ status: 0, stderr: "" });
    expect(await run(["token", "--json"], options), clock).toMatchObject({ status: 0, stderr: "" });
    expect(await run(["curl", "/me"], options), clock).toMatchObject({ status: 0, stderr: "" });
    api.refuseNext(1);
    expect(await run(["curl", "/me"], options), clock).toMatchObject({ status: 0, stderr: "" });
    expect(await run(["status"], options), clock).toMatchObject({ status: 0, stderr: "" });
    expect(server.tokenRequests("refresh_token"), clock).toBe(isLater ? 2 : 1);
    expect(await server.introspect((await kept()).accessToken)).toMatchObject({ active: true });
  }
});

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
