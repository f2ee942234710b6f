import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { memoryStore, stored, type AuthEvent, type TokenSet } from "../src/index.ts";
import { key, login } from "./sets.ts";

test("of renewals that run at once each has an id of its own, and its end says how long it took by the monotonic clock", async () => {
  const events: AuthEvent[] = [];
  const clock = { nowMs: 100_000, monotonicMs: 0 };
  const waiting: (() => void)[] = [];
  const renew = async (): Promise<TokenSet> => {
    await new Promise<void>((resolve) => waiting.push(resolve));
    return login({ accessToken: "access-1", obtainedAtMs: clock.nowMs, expiresAtMs: clock.nowMs + 100_000 });
  };
  const tokens = [0.25, 0.75].map(async (chance) => {
    const options = { random: () => chance, now: () => clock.nowMs, monotonicNow: () => clock.monotonicMs };
    return await stored(memoryStore(), key, renew, { ...options, onEvent: (event) => events.push(event) }).getToken();
  });
  await expect.poll(() => waiting).toHaveLength(2);

  for (const [index, letGo] of waiting.entries()) {
    clock.monotonicMs += 250.4;
    clock.nowMs -= 3_600_000; // Somebody has set the clock back.
    letGo();
    await tokens[index];
  }
  const [first, second] = events.flatMap((event) => (event.type === "renewal-started" ? event.renewalId : []));
  expect(first).not.toBe(second);
  expect(events.slice(2)).toEqual([
    { type: "renewal-ended", key, renewalId: first, durationMs: 250, outcome: "saved" },
    { type: "renewal-ended", key, renewalId: second, durationMs: 501, outcome: "saved" },
  ]);
});

test("a listener that throws loses no renewal, and what it throws comes up by itself", async () => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--conditions=@org/source", join(import.meta.dirname, "throwing-listener-program.ts")],
    { timeout: 20_000 },
  );
  const told = ["renewal-started", "renewal-ended", "scopes-narrowed"];
  const postponed = ["renewal-started", "renewal-ended", "renewal-postponed"];
  expect(JSON.parse(stdout)).toEqual({
    given: ["access-1", "access-1", "login_required"],
    kept: { refreshToken: "refresh-1", generation: 1, ended: "invalid_grant" },
    uncaught: [...told, ...postponed, "renewal-started", "renewal-ended"],
  });
});
