/** Calls back after so many milliseconds; the longest that timers can wait is longer than anybody would. */
export function afterMs(ms: number | false | undefined, late: () => void): ReturnType<typeof setTimeout> | undefined {
  return ms === undefined || ms === false ? undefined : setTimeout(late, Math.min(ms, 2 ** 31 - 1));
}
