import { expect, test } from "vitest";
import { describeClockSkew } from "../src/index.ts";

test.for([
  [3_600_000, "about 60 min fast"],
  [-3_600_000, "about 60 min slow"],
  [-329_000, "about 5 min slow"],
  [3 * 3_600_000, "about 3 h fast"],
  [-49 * 3_600_000, "about 2 days slow"],
  [Date.UTC(9999, 0), "about 2932532 days fast"],
] as const)("a clock that is ahead by %i ms is %s", ([aheadMs, words]) => {
  expect(describeClockSkew(aheadMs)).toBe(words);
});
