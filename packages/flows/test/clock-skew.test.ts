import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { tokenSet, type AuthEvent } from "@org/auth-core";
import { expect, test } from "vitest";
import { authorizationServer, refresh, type HttpOptions } from "../src/index.ts";
import { scriptedServer, type ScriptedServer } from "./scripted-server.ts";

const date = "Sun, 06 Nov 2033 08:49:37 GMT";
const dateMs = Date.parse(date);
const minuteMs = 60_000;

/** What is told while a login is renewed and metadata is asked for, with a clock that is ahead of `date` by so much. */
async function toldBy(
  aheadMs: number,
  headers: Readonly<Record<string, string>>,
  http: HttpOptions = {},
): Promise<readonly AuthEvent[]> {
  const server = await scriptedServer();
  const events: AuthEvent[] = [];
  const options = { now: () => dateMs + aheadMs, onEvent: (event: AuthEvent) => events.push(event), ...http };
  server.on("/token", { json: { access_token: "fake", token_type: "Bearer", expires_in: 60 }, headers });
  const metadata = { issuer: server.issuer, token_endpoint: `${server.issuer}/token` };
  server.on("/.well-known/openid-configuration", { json: metadata, headers });

  expect((await refresh(login(server), { clientId: "app" }, options)).accessToken).toBe("fake");
  expect(await authorizationServer(server.issuer, options)).toMatchObject({ issuer: server.issuer });
  for (const event of events) expect(event).toMatchObject({ type: "clock-skewed", issuer: server.issuer });
  return events;
}

function login({ metadata }: ScriptedServer) {
  const secrets = { accessToken: "fake-0", refreshToken: "fake-refresh" };
  return tokenSet({ server: metadata, clientId: "app", ...secrets, obtainedAtMs: 0, scopes: [], generation: 0 });
}

test("F34 F35 that our clock is more than five minutes from the server's is told, and by how much", async () => {
  for (const aheadMs of [60 * minuteMs, -60 * minuteMs, 6 * minuteMs]) {
    expect(await toldBy(aheadMs, { date })).toMatchObject([{ aheadMs }, { aheadMs }]);
  }
  for (const aheadMs of [5 * minuteMs, -5 * minuteMs, 0]) expect(await toldBy(aheadMs, { date })).toEqual([]);
});

test("4.1-33 a date that is absurd or no date is a hint at most, and breaks nothing", async () => {
  for (const absurd of ["Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT"]) {
    const aheadMs = dateMs - Date.parse(absurd);
    expect(await toldBy(0, { date: absurd })).toMatchObject([{ aheadMs }, { aheadMs }]);
  }
  for (const none of ["soon", "0", "-1", "Sun, 06 Foo 2033 08:49:37 GMT", "2033-11-06", "x".repeat(8000)]) {
    expect(await toldBy(60 * minuteMs, { date: none }), none).toEqual([]);
  }
});

test("an answer out of a cache, or one that was hours on its way, says nothing of our clock", async () => {
  expect(await toldBy(60 * minuteMs, { date, age: "3600" })).toEqual([]);

  const server = await scriptedServer();
  server.on("/token", { json: { access_token: "fake", token_type: "Bearer" }, headers: { date } });
  let nowMs = dateMs - 60 * minuteMs;
  await refresh(
    login(server),
    { clientId: "app" },
    {
      now: () => nowMs,
      onEvent: (event) => expect.fail(event.type),
      async fetch(...request) {
        const response = await globalThis.fetch(...request);
        nowMs = dateMs + 60 * minuteMs; // The machine slept.
        return response;
      },
    },
  );
});

test("a listener that throws costs no answer: what it throws comes up by itself", async () => {
  const program = join(import.meta.dirname, "throwing-listener-program.ts");
  const { stdout } = await promisify(execFile)(process.execPath, ["--conditions=@org/source", program], {
    timeout: 20_000,
  });
  expect(JSON.parse(stdout)).toEqual({ tokenEndpoint: "https://id.example.com/token", uncaught: ["clock-skewed"] });
});
