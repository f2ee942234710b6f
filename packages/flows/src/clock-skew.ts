import { tell } from "@org/auth-core";
import type { HttpOptions } from "./http.ts";
import { httpDateMs } from "./http-date.ts";

/** What servers and people forgive one another. */
const worthTellingMs = 5 * 60_000;

/**
 * By how much our clock is ahead of the server's, in milliseconds, going by the date of its answer to a request that was
 * sent at `sentAtMs`; below 0: behind. 0 when the answer can be from between then and now, or does not say.
 *
 * Tells of a large one. However absurd the date, nothing but words and when a person is
 * taken to have signed in depends on it.
 */
export function clockSkewMs(
  { headers }: Response,
  issuer: string,
  sentAtMs: number,
  { now = Date.now, onEvent }: HttpOptions,
): number {
  const dateMs = httpDateMs(headers, "date");
  // The process may have been stopped for long while the answer was on its way: that is no skew.
  const aheadMs = Math.max(sentAtMs - dateMs, 0) || Math.min(now() - dateMs, 0) || 0;
  if (Math.abs(aheadMs) > worthTellingMs) tell(onEvent, { type: "clock-skewed", issuer, aheadMs });
  return aheadMs;
}
