import { execFileSync } from "node:child_process";

/**
 * What to start a program under for its clock to be wrong, as faketime writes it: `+1h`, `-1h`, `@2038-01-20 00:00:00`.
 * The clock that nobody can set stays right.
 */
export function underClock(clock: string): readonly string[] {
  return underFaketime(`FAKETIME=${clock}`, "FAKETIME_DONT_FAKE_MONOTONIC=1");
}

/** The same with a clock that is wrong by whatever a file says at the moment. */
export function underClockOf(path: string): readonly string[] {
  return underFaketime(`FAKETIME_TIMESTAMP_FILE=${path}`, "FAKETIME_NO_CACHE=1", "FAKETIME_DONT_FAKE_MONOTONIC=1");
}

/** What to start a program under for all its time to go by twenty times as fast, from now or as much later as `shift`. */
export function underFastClock(shift = "+0"): readonly string[] {
  return underFaketime(`FAKETIME=${shift} x20`);
}

/** Not under `faketime` itself: a signal would end that, and not the program. */
function underFaketime(...variables: readonly string[]): readonly string[] {
  const library = execFileSync("faketime", ["-f", "+0", "printenv", "LD_PRELOAD"], { encoding: "utf8" }).trim();
  return ["env", `LD_PRELOAD=${library}`, ...variables];
}
