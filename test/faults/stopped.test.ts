import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { expect, test } from "vitest";
import { hasSystemPackage } from "../../tools/system-packages/has-system-package.ts";
import { setUp, start } from "../e2e/org-auth.ts";
import { expiringLogin } from "../storm/expiring-login.ts";
import { underClockOf } from "./under-clock.ts";
import { until } from "./until.ts";

test.skipIf(!hasSystemPackage("faketime"))(
  "F38 a machine that sleeps while a person signs in: the callback is still taken, and questions that were missed are not made up for",
  async () => {
    const { env, home, person, server } = await setUp();
    const clock = join(home, "clock");
    writeFileSync(clock, "+0");
    const options = { env, under: underClockOf(clock) };
    const browser = start(["login", "--no-browser"], options);
    const device = start(["login", "--device", "--profile", "device"], options);
    const address = await browser.said(/^ +(http\S+\/auth\?\S+)$/m);
    const verificationUri = await device.said(/Open +(\S+)/);
    const userCode = await device.said(/Confirm +(\S+)/);
    const questions = (): number => server.tokenRequests("urn:ietf:params:oauth:grant-type:device_code");

    for (const { child } of [browser, device]) child.kill("SIGSTOP");
    const asked = questions();
    const signedIn = person.signIn(address); // The browser waits for its page.
    writeFileSync(clock, "+70");
    await setTimeout(3_000);
    browser.child.kill("SIGCONT");
    await signedIn;
    expect(await browser.ended).toMatchObject({ status: 0, stdout: "" });

    await setTimeout(8_000); // By now two questions have been missed.
    device.child.kill("SIGCONT");
    await until(() => questions() > asked);
    await person.approveDevice({ verificationUri, userCode });
    expect(await device.ended).toMatchObject({ status: 0, stdout: "" });
    expect(questions() - asked).toBe(2);
  },
);

test("F39 F45 a process that is stopped until long after its renewal should have ended keeps an answer that has come, and else asks once more", async () => {
  const never = 3_600_000;
  const cases = [
    { rotateRefreshTokens: true, delayMs: 500, requests: 1, isSaved: true },
    { rotateRefreshTokens: false, delayMs: never, requests: 2, isSaved: true },
    // What cannot be saved: the new refresh token is in an answer that never came, and the old one is taken no more.
    { rotateRefreshTokens: true, delayMs: never, requests: 2, isSaved: false },
  ];
  const outcomes = cases.map(async ({ rotateRefreshTokens, delayMs }) => {
    const { env, expire, kept, orgAuth, server } = await expiringLogin({ rotateRefreshTokens });
    const { generation } = await expire();
    server.delayTokenResponsesMs = delayMs;
    const renewal = start(["token"], { env });
    await until(() => server.tokenRequests("refresh_token") === 1);
    renewal.child.kill("SIGSTOP");
    await setTimeout(12_000); // The request has ten seconds.
    server.delayTokenResponsesMs = 0;
    renewal.child.kill("SIGCONT");

    const { status, stdout, stderr } = await renewal.ended;
    const requests = server.tokenRequests("refresh_token");
    const set = await kept();
    if (set.ended === undefined) {
      expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: `${set.accessToken}\n`, stderr: "" });
      expect(set.generation).toBe(generation + 1);
      expect(await server.introspect(set.accessToken)).toMatchObject({ active: true });
    } else {
      expect({ status, stdout }).toEqual({ status: 4, stdout: "" });
      expect(stderr).toContain("has ended (invalid_grant) [login_required]");
    }
    expect(await orgAuth("token")).toMatchObject({ status, stdout });
    return { rotateRefreshTokens, delayMs, requests, isSaved: set.ended === undefined };
  });
  expect(await Promise.all(outcomes)).toEqual(cases);
});
