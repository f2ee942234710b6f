import { LoginRequiredError, reuse } from "@org/auth-core";
import { expect, test } from "vitest";
import { fakeClock, fakeTokenSource } from "../src/index.ts";

test("it gives one token, numbered, until that is refused or has ended", async () => {
  const clock = fakeClock();
  const source = fakeTokenSource({ lifetimeMs: 10_000, scopes: ["api:read"], now: clock.now });
  expect(source.tokensMade).toBe(0);
  const first = await source.getToken();
  expect(first).toMatchObject({
    value: "fake-token-1",
    obtainedAtMs: clock.now(),
    expiresAtMs: clock.now() + 10_000,
    scopes: ["api:read"],
  });
  expect(await source.getToken()).toBe(first);

  const crowd = await Promise.all(Array.from({ length: 5 }, () => source.getToken({ rejected: first })));
  expect(crowd.map(({ value }) => value)).toEqual(Array(5).fill("fake-token-2"));
  clock.advance(9_999);
  expect((await source.getToken()).value).toBe("fake-token-2");
  expect((await source.getToken({ minTtlMs: 1 })).value).toBe("fake-token-3");
  clock.advance(10_000);
  expect((await source.getToken()).value).toBe("fake-token-4");
  source.expire();
  expect((await source.getToken()).value).toBe("fake-token-5");
  expect(source.tokensMade).toBe(5);
});

test("it rejects when it is told to, once for each time, and records what every call has asked for", async () => {
  const source = fakeTokenSource();
  const ended = new LoginRequiredError("the login has ended");
  source.failNext(ended);
  source.failNext(new Error("second"));
  await expect(source.getToken()).rejects.toBe(ended);
  await expect(source.getToken({ minTtlMs: 7 })).rejects.toThrow("second");
  const rejected = await source.getToken();
  expect(Date.now()).toBeLessThan(rejected.expiresAtMs ?? 0);
  const aborted = AbortSignal.abort(new Error("enough"));
  await expect(source.getToken({ rejected, signal: aborted })).rejects.toThrow("enough");
  expect(source.calls).toEqual([{}, { minTtlMs: 7 }, {}, { rejected, signal: aborted }]);
  expect(source.tokensMade).toBe(1);
});

test("it stands behind a wrapper of core's, with one clock for both", async () => {
  const { now, monotonicNow, advance, setNow } = fakeClock();
  const inner = fakeTokenSource({ lifetimeMs: 100_000, now });
  const source = reuse(inner, { now, monotonicNow, refreshEarlyMs: 20_000, random: () => 0 });
  for (const [ms, value] of [
    [0, "fake-token-1"],
    [50_000, "fake-token-1"],
    [50_000, "fake-token-2"],
  ] as const) {
    advance(ms);
    expect((await source.getToken()).value).toBe(value);
  }
  setNow(0); // A clock that is set back does not make a token live longer.
  advance(100_000);
  expect((await source.getToken()).value).toBe("fake-token-3");
  expect(inner.calls).toHaveLength(3);
});
