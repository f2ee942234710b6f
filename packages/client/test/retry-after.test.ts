import { accessToken, fixed } from "@org/auth-core";
import { expect, onTestFinished, test, vi } from "vitest";
import { createClient } from "../src/index.ts";
import { rejection, scriptedServer } from "./surroundings.ts";

const longestMs = 10_000;

const wishes: readonly (readonly [wish: string | string[], isHeeded: boolean])[] = [
  ["99999999999", true],
  ["9".repeat(400), true],
  ["11", true],
  ["Fri, 01 Jan 2115 00:00:00 GMT", true],
  ["-5", false],
  ["1e3", false],
  ["NaN", false],
  ["Infinity", false],
  ["", false],
  ["Fri, 32 Jan 2115 00:00:00 GMT", false],
  [["99999999999", "99999999999"], false],
];

test.for(wishes)(
  "4.1-32 an API that asks to be left alone for %j is left alone for ten seconds at most",
  async ([wish, isHeeded]) => {
    const api = await scriptedServer((_request, response) =>
      response.setHeader("retry-after", wish).writeHead(503).end(),
    );
    const waits: number[] = [];
    const { setTimeout: later } = globalThis;
    // The one wait that this is about is written down, and over at once.
    const spy = vi.spyOn(globalThis, "setTimeout").mockImplementation(((
      work: (...args: unknown[]) => void,
      ms?: number,
      ...args: unknown[]
    ) => {
      if (ms !== longestMs) return later(work, ms, ...args);
      waits.push(ms);
      return later(work, 0, ...args);
    }) as typeof setTimeout);
    onTestFinished(() => spy.mockRestore());

    const delays: number[] = [];
    const delay = (count: number): number => delays.push(count) - 1;
    const client = createClient({
      baseUrl: api.origin,
      source: fixed(accessToken({ value: "canary-token" })),
      ky: { timeout: 9000, totalTimeout: false, retry: { limit: 1, delay } },
    });
    expect(await rejection(client.get("a"))).toMatchObject({ code: "server_unavailable", status: 503 });
    expect(api.requests).toHaveLength(2);
    expect([waits, delays]).toEqual(isHeeded ? [[longestMs], []] : [[], [1]]);
  },
);

test("F47 all of a request has half a minute, and each try ten seconds of it, if nothing else is said", async () => {
  const api = await scriptedServer((_request, response) => response.end("{}"));
  const spy = vi.spyOn(globalThis, "setTimeout");
  onTestFinished(() => spy.mockRestore());
  await createClient({ baseUrl: api.origin, source: fixed(accessToken({ value: "canary-token" })) })
    .get("a")
    .json();
  const deadlines = spy.mock.calls.map(([, ms = 0]) => ms).filter((ms) => ms > 5000);
  expect(Math.max(...deadlines)).toBeGreaterThan(25_000);
  expect(Math.max(...deadlines)).toBeLessThanOrEqual(30_000);
  expect(deadlines).toContain(10_000);
});
