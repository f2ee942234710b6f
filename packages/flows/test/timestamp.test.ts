import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { timestampMs } from "../src/timestamp.ts";

test.for([
  ["America/Los_Angeles", 480],
  ["Asia/Tokyo", -540],
] as const)("B.6-1 what an API says of a time is the same moment in %s, with an offset or without", async (row) => {
  const [TZ, minutesFromUtc] = row;
  const program = join(import.meta.dirname, "timestamp-program.ts");
  const times = ["2023-11-14T22:13:20Z", "2023-11-14T22:13:20", "2023-11-15 07:13:20.000+09:00"];
  const args = ["--conditions=@org/source", program, ...times];
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    env: { ...process.env, TZ },
    timeout: 30_000,
  });
  expect(JSON.parse(stdout)).toEqual({ ms: times.map(() => 1_700_000_000_000), minutesFromUtc });
});

test("a number is seconds, fractions are dropped, and what is no time is none", () => {
  expect(timestampMs(1_700_000_000)).toBe(1_700_000_000_000);
  expect(timestampMs(1_700_000_000.0005)).toBe(1_700_000_000_000);
  expect(timestampMs("2023-11-14T22:13:20.123456Z")).toBe(1_700_000_000_123);
  const none = [undefined, null, "", "tomorrow", "2023", "1700000000", "2023-11-14", "2023-13-14T22:13:20Z"];
  for (const value of [...none, NaN, 1e300, {}, [1_700_000_000], true]) expect(timestampMs(value)).toBeUndefined();
});
