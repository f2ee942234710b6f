import { abortable } from "./abortable.ts";
import type { AccessToken } from "./access-token.ts";
import { drawMarginMs, freshUntilMs, type FreshnessOptions } from "./freshness.ts";
import type { TokenSource } from "./token-source.ts";

/**
 * After a renewal the token is used this long, if it lives and is not refused, whatever is wished for: a server that
 * gives short tokens, or cannot be reached, is not asked again at every call.
 */
const settleMs = 10_000;

/**
 * Holds the token of `source` in memory, asks for the next one a little before it ends, and asks once however many
 * callers wait. The margin is drawn anew for each token.
 *
 * A caller's `signal` ends that caller's wait only. When asking fails, all who wait get the error and the next call
 * asks again.
 */
export function reuse(source: TokenSource, options: FreshnessOptions = {}): TokenSource {
  const { now = Date.now } = options;
  let held: AccessToken | undefined;
  let heldUntilMs = -Infinity;
  let marginMs = drawMarginMs(options);
  let flight: Promise<AccessToken> | undefined;

  async function fetchNext(rejected: AccessToken | undefined, minTtlMs: number): Promise<AccessToken> {
    try {
      const token = await source.getToken({ rejected, minTtlMs });
      marginMs = drawMarginMs(options);
      held = token;
      heldUntilMs = Math.max(freshUntilMs(token, marginMs), Math.min(now() + settleMs, token.expiresAtMs ?? Infinity));
      return token;
    } finally {
      flight = undefined;
    }
  }

  function isGoodFor(token: AccessToken, rejected: AccessToken | undefined, minTtlMs: number | undefined): boolean {
    if (token.value === rejected?.value) return false;
    return minTtlMs === undefined ? now() < heldUntilMs : now() < Math.min(heldUntilMs, freshUntilMs(token, minTtlMs));
  }

  return {
    async getToken({ signal, rejected, minTtlMs } = {}) {
      signal?.throwIfAborted();
      if (held !== undefined && isGoodFor(held, rejected, minTtlMs)) return held;

      const joined = flight;
      if (joined !== undefined) {
        // It may have left for another reason than ours, and come back with the very token we cannot use.
        const token = await abortable(joined, signal);
        if (isGoodFor(token, rejected, minTtlMs)) return token;
      }
      flight ??= fetchNext(rejected, Math.max(marginMs, minTtlMs ?? 0));
      return abortable(flight, signal);
    },
  };
}
