import type { ServerResponse } from "node:http";
import { accessToken, fixed } from "@org/auth-core";
import { afterEach, expect, test, vi } from "vitest";
import { createClient } from "../src/index.ts";
import { rejection, scriptedServer } from "./surroundings.ts";

afterEach(() => vi.restoreAllMocks());

const capMs = 30_000;
// ky's own waits, with no more than it adds to them at random.
const ownMs = 1000;

const wishes: readonly (readonly [wish: string | readonly string[], isOwn: boolean])[] = [
  ["-5", true],
  ["99999999999", false],
  ["9".repeat(400), false],
  ["1e3", true],
  ["NaN", true],
  ["", true],
  ["Fri, 01 Jan 2115 00:00:00 GMT", false],
  ["Thu, 01 Jan 1970 00:00:00 GMT", true],
  [["99999999999", "99999999999"], true],
];

test.for(wishes)(
  "4.1-32 an API that asks to be left alone for %j is left alone for half a minute at most",
  async ([wish, isOwn]) => {
    const answer = (response: ServerResponse): unknown =>
      response.writeHead(503, { "retry-after": wish as string }).end();
    const api = await scriptedServer((_request, response) => answer(response));
    const source = fixed(accessToken({ value: "canary-token" }));
    const client = createClient({ baseUrl: api.origin, source, ky: { totalTimeout: false, retry: { limit: 1 } } });

    // Time does not pass here: what is waited for is written down, and over at once.
    const waits: number[] = [];
    const { setTimeout: later } = globalThis;
    vi.spyOn(globalThis, "setTimeout").mockImplementation(((work: () => void, ms = 0, ...rest: never[]) => {
      if (ms < 100 || ms === 10_000) return later(work, ms, ...rest);
      waits.push(ms);
      return later(work, 0);
    }) as typeof setTimeout);
    expect(await rejection(client.get("a"))).toMatchObject({ code: "server_unavailable" });
    expect(api.requests).toHaveLength(2);
    if (isOwn) for (const wait of waits) expect(wait).toBeLessThanOrEqual(ownMs);
    else expect(waits).toContain(capMs);
  },
);
