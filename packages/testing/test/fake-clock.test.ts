import { stored, tokenSet, AuthError, memoryStore as coreMemoryStore } from "@org/auth-core";
import { expect, test } from "vitest";
import { fakeClock, memoryStore } from "../src/index.ts";

test("it stands still until it is moved, and the clock on the wall can be set by itself", () => {
  const clock = fakeClock({ nowMs: 5000 });
  expect([clock.now(), clock.monotonicNow()]).toEqual([5000, 0]);
  clock.advance(250);
  expect([clock.now(), clock.monotonicNow()]).toEqual([5250, 250]);
  clock.setNow(1000);
  expect([clock.now(), clock.monotonicNow()]).toEqual([1000, 250]);
  expect(new Date(fakeClock().now()).toISOString()).toBe("2030-01-01T00:00:00.000Z");
});

test("whoever sleeps does not wait, and how long it would have been is kept", async () => {
  const clock = fakeClock();
  await clock.sleep(60_000);
  await expect(clock.sleep(1, AbortSignal.abort(new Error("enough")))).rejects.toThrow("enough");
  await clock.sleep(5);
  expect([clock.sleeps, clock.monotonicNow()]).toEqual([[60_000, 5], 60_005]);
});

test("a renewal sleeps by it, and the store in memory is core's", async () => {
  expect(memoryStore).toBe(coreMemoryStore);
  const { now, sleep, sleeps } = fakeClock();
  const key = { issuer: "https://id.example.com", clientId: "test", profile: "default" };
  const server = { issuer: key.issuer, tokenEndpoint: `${key.issuer}/token`, issParameterSupported: false };
  const set = (accessToken: string, lifeMs: number) =>
    tokenSet({
      ...{ server, clientId: "test", accessToken, refreshToken: "fake", scopes: [], generation: 0 },
      ...{ obtainedAtMs: now(), expiresAtMs: now() + lifeMs },
    });
  const store = memoryStore();
  await store.update(key, async () => set("fake-old", -1));
  let requests = 0;
  const source = stored(
    store,
    key,
    async () => {
      if (++requests === 1) throw new AuthError("server_unavailable", "busy");
      return set("fake-new", 3_600_000);
    },
    { now, sleep, random: () => 0.5 },
  );
  expect((await source.getToken()).value).toBe("fake-new");
  expect(sleeps).toEqual([375]);
});
