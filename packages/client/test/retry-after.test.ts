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
      ky: { timeout: 9000, retry: { delay, limit: 5 } },
    });
    const asks = [
      () => client.get("a", { retry: 1 }),
      () => client.extend({ retry: 1 }).get("a"),
      () => client.get("a", { retry: { limit: 1 } }),
    ];
    for (const [index, ask] of asks.entries()) {
      waits.length = delays.length = 0;
      expect(await rejection(ask())).toMatchObject({ code: "server_unavailable", status: 503 });
      expect(api.requests).toHaveLength(2 * (index + 1));
      // Besides, ky gives each of the two answers ten seconds for its body.
      expect([waits, delays]).toEqual(isHeeded ? [Array(3).fill(longestMs), []] : [Array(2).fill(longestMs), [1]]);
    }
  },
);

test("F47 an answer has ten seconds, and its body as many more, if nothing else is said", async () => {
  const api = await scriptedServer((_request, response) => response.end("{}"));
  const client = createClient({ baseUrl: api.origin, source: fixed(accessToken({ value: "canary-token" })) });
  const spy = vi.spyOn(globalThis, "setTimeout");
  onTestFinished(() => spy.mockRestore());
  const limits = (): number[] => spy.mock.calls.splice(0).flatMap(([, ms = 0]) => (ms >= 5000 ? [ms] : []));
  await client.get("a").json();
  expect(limits()).toEqual([10_000, 10_000]);
  await client.extend({ timeout: 20_000 }).get("a").json();
  expect(limits()).toEqual([20_000, 20_000]);
  await client.get("a", { timeout: 30_000 }).text();
  expect(limits()).toEqual([30_000, 30_000]);
  await client.get("a", { timeout: false }).json();
  await client.head("a", { timeout: 2 ** 40 });
  expect(limits()).toEqual([2 ** 31 - 1]);
});

test("what does not answer in time is tried again where the caller says so", async () => {
  for (const [retryOnTimeout, tries] of [
    [false, 1],
    [true, 2],
  ] as const) {
    const seen: string[] = [];
    const api = await scriptedServer(() => undefined);
    const client = createClient({
      baseUrl: api.origin,
      source: fixed(accessToken({ value: "canary-token" })),
      ky: {
        timeout: 100,
        retry: { limit: 1, delay: () => 0, retryOnTimeout },
        hooks: { beforeError: [({ error }) => (seen.push(error.name), error)] },
      },
    });
    expect(await rejection(client.get("a"))).toMatchObject({
      code: "timeout",
      message: `${new URL(api.origin).host} did not answer in time`,
    });
    expect(api.requests).toHaveLength(tries);
    expect(seen).toEqual(["TimeoutError"]);
  }
});
