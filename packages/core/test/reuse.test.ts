import { expect, test } from "vitest";
import { accessToken, reuse, type AccessToken, type GetTokenOptions, type TokenSource } from "../src/index.ts";

/** A source that numbers its tokens; each lives 100,000 ms from when it was asked for. */
function setUp({ lifeMs = 100_000, random = () => 0 }: { lifeMs?: number; random?: () => number } = {}) {
  const clock = { nowMs: 0, monotonicMs: 0 };
  const calls: GetTokenOptions[] = [];
  const inner = {
    getToken(options: GetTokenOptions = {}): Promise<AccessToken> {
      calls.push(options);
      return Promise.resolve(
        accessToken({
          value: `token-${String(calls.length)}`,
          obtainedAtMs: clock.nowMs,
          expiresAtMs: clock.nowMs + lifeMs,
        }),
      );
    },
  } satisfies TokenSource;
  const monotonicNow = (): number => clock.monotonicMs;
  const source = reuse(inner, { now: () => clock.nowMs, monotonicNow, refreshEarlyMs: 20_000, random });
  return { clock, calls, inner, source };
}

test("holds a token and gives it again without asking, until its margin begins", async () => {
  const { source, clock, calls } = setUp();
  const first = await source.getToken();
  clock.nowMs = 89_999;
  expect(await source.getToken()).toBe(first);
  clock.nowMs = 90_000;
  expect((await source.getToken()).value).toBe("token-2");
  expect(calls).toHaveLength(2);
});

test("draws each token's margin anew, between half of refreshEarlyMs and all of it", async () => {
  const draws = [0.5, 0.999999, 0];
  const { source, clock, calls } = setUp({ random: () => draws.shift() ?? 0.5 });
  await source.getToken();
  clock.nowMs = 80_001;
  await source.getToken();
  expect(calls).toHaveLength(2);
  clock.nowMs = 80_001 + 90_000 - 1;
  await source.getToken();
  expect(calls).toHaveLength(2);
  clock.nowMs += 1;
  await source.getToken();
  expect(calls).toHaveLength(3);
});

test("B.6-8 asks once however many callers wait", async () => {
  const { source, calls } = setUp();
  const tokens = await Promise.all(Array.from({ length: 1000 }, () => source.getToken()));
  expect(new Set(tokens).size).toBe(1);
  expect(calls).toHaveLength(1);
});

test("a thousand callers refused the same token cause one renewal, and a late one none", async () => {
  const { source, calls } = setUp();
  const rejected = await source.getToken();
  const tokens = await Promise.all(Array.from({ length: 1000 }, () => source.getToken({ rejected })));
  expect(new Set(tokens.map(({ value }) => value))).toEqual(new Set(["token-2"]));
  expect((await source.getToken({ rejected })).value).toBe("token-2");
  expect(calls).toHaveLength(2);
  expect(calls[1]?.rejected).toBe(rejected);
});

test("a caller refused the very token that a running request brings asks again", async () => {
  const { source, inner, clock } = setUp();
  const rejected = await source.getToken();
  clock.nowMs = 95_000;
  const { getToken } = inner;
  inner.getToken = (options) => {
    return options?.rejected === undefined ? Promise.resolve(rejected) : getToken(options);
  };
  const early = source.getToken();
  const [kept, replaced] = await Promise.all([early, source.getToken({ rejected })]);
  expect(kept).toBe(rejected);
  expect(replaced.value).not.toBe(rejected.value);
});

test("one caller's signal ends that caller's wait only", async () => {
  const { source, inner } = setUp();
  const { getToken } = inner;
  const released = Promise.withResolvers<void>();
  inner.getToken = async (options) => {
    await released.promise;
    return await getToken(options);
  };
  const controller = new AbortController();
  const [impatient, patient] = [source.getToken({ signal: controller.signal }), source.getToken()];
  controller.abort(new Error("enough"));
  await expect(impatient).rejects.toThrow("enough");
  released.resolve();
  expect((await patient).value).toBe("token-1");
});

test("when asking fails all who wait get the error, and the next caller asks again", async () => {
  const { source, inner } = setUp();
  const { getToken } = inner;
  const error = new Error("failed");
  inner.getToken = () => Promise.reject(error);
  const outcomes = await Promise.allSettled([source.getToken(), source.getToken()]);
  expect(outcomes).toEqual([
    { status: "rejected", reason: error },
    { status: "rejected", reason: error },
  ]);
  inner.getToken = getToken;
  expect((await source.getToken()).value).toBe("token-1");
});

test("F41 tokens that live shorter than the margin are held for most of their life", async () => {
  const { source, clock, calls } = setUp({ lifeMs: 5_000 });
  for (; clock.nowMs < 50_000; clock.nowMs += 100) await source.getToken();
  expect(calls.length).toBeGreaterThanOrEqual(10);
  expect(calls.length).toBeLessThanOrEqual(13);
});

test("F41 tokens of one second are asked for once a second, however often they are wanted", async () => {
  const { source, clock, calls } = setUp({ lifeMs: 1_000 });
  for (; clock.nowMs < 20_000; clock.nowMs += 10) await source.getToken();
  expect(calls).toHaveLength(20);
});

test("a source that could only give back its old token is left alone for ten seconds", async () => {
  const { source, inner, clock, calls } = setUp();
  const old = await source.getToken();
  inner.getToken = (options) => {
    calls.push(options ?? {});
    return Promise.resolve(old);
  };
  clock.nowMs = 90_000;
  for (; clock.nowMs < 99_999; clock.nowMs += 100) expect(await source.getToken()).toBe(old);
  expect(calls).toHaveLength(2);
});

test("minTtlMs asks for the next token when the held one has less, and passes the wish on", async () => {
  const { source, clock, calls } = setUp();
  await source.getToken();
  clock.nowMs = 50_000;
  expect((await source.getToken({ minTtlMs: 50_000 })).value).toBe("token-2");
  expect(calls[1]?.minTtlMs).toBe(50_000);
});

test("F36 a clock that is set back does not keep a token alive, and the source is told that it is dead", async () => {
  const { source, clock, calls } = setUp();
  const first = await source.getToken();
  const pass = (ms: number): void => {
    clock.nowMs += ms;
    clock.monotonicMs += ms;
  };
  pass(50_000);
  clock.nowMs -= 3_600_000;
  expect(await source.getToken()).toBe(first);
  pass(39_999);
  expect(await source.getToken()).toBe(first);
  pass(10_001);
  expect((await source.getToken()).value).toBe("token-2");
  expect(calls[1]?.rejected).toBe(first);
});

test("F34 a clock that is set forward costs one renewal and no more", async () => {
  const { source, clock, calls } = setUp();
  await source.getToken();
  clock.nowMs += 3_600_000;
  const second = await source.getToken();
  for (; clock.monotonicMs < 89_000; clock.monotonicMs += 1_000, clock.nowMs += 1_000) {
    expect(await source.getToken()).toBe(second);
  }
  expect(calls).toHaveLength(2);
});

test("by the real clock a token is held while it lives and no longer", async () => {
  let count = 0;
  const source = reuse({
    getToken: () => {
      const nowMs = Date.now();
      return Promise.resolve(
        accessToken({ value: `token-${String(++count)}`, obtainedAtMs: nowMs, expiresAtMs: nowMs + 200 }),
      );
    },
  });
  const first = await source.getToken();
  expect(await source.getToken()).toBe(first);
  expect(await source.getToken()).toBe(first);
  const { expiresAtMs = 0 } = first;
  while (Date.now() <= expiresAtMs) await new Promise((resolve) => setTimeout(resolve, 10));
  expect((await source.getToken()).value).toBe("token-2");
  expect(count).toBe(2);
});

test("by the real clock too a refused token is not given again, nor any to who has given up", async () => {
  let count = 0;
  const source = reuse({
    getToken: async () =>
      accessToken({ value: `token-${String(++count)}`, obtainedAtMs: Date.now(), expiresAtMs: Date.now() + 3_600_000 }),
  });
  const isHeld = async (value: string): Promise<void> => {
    // The first call after a renewal looks at the clock, the others need not.
    for (let call = 0; call < 3; call++) expect((await source.getToken()).value).toBe(value);
  };
  await isHeld("token-1");
  expect((await source.getToken({ rejected: await source.getToken() })).value).toBe("token-2");
  await isHeld("token-2");
  const reason = new Error("mine");
  await expect(source.getToken({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
});
