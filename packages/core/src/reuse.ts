import { abortable } from "./abortable.ts";
import type { AccessToken } from "./access-token.ts";
import { drawMarginMs, earlyMs, freshUntilMs, type FreshnessOptions } from "./freshness.ts";
import type { GetTokenOptions, TokenSource } from "./token-source.ts";

/**
 * After a renewal the token is used this long, if it lives and is not refused, whatever is wished for: a server that
 * gives short tokens, or cannot be reached, is not asked again at every call.
 */
const settleMs = 10_000;

export interface ReuseOptions extends FreshnessOptions {
  /** Milliseconds since whenever, by a clock that nobody can set. Default: `performance.now`. */
  readonly monotonicNow?: (() => number) | undefined;
}

/**
 * Holds the token of `source` in memory, asks for the next one a little before it ends, and asks once however many
 * callers wait. The margin is drawn anew for each token.
 *
 * A caller's `signal` ends that caller's wait only. When asking fails, all who wait get the error and the next call
 * asks again. A clock that is set back does not make a token live longer.
 */
export function reuse(source: TokenSource, options: ReuseOptions = {}): TokenSource {
  const { now = Date.now, monotonicNow = () => performance.now() } = options;
  let held: AccessToken | undefined;
  // One for all who are given it: to make one for each takes longer than all the rest of a call.
  let givenHeld: Promise<AccessToken> | undefined;
  let heldSinceMs = 0;
  let heldSinceMonotonicMs = 0;
  let heldUntilMs = -Infinity;
  // Reading a clock costs as much as all the rest of a call. So a timer says when it is to be read again.
  let isTrusted = false;
  const isTimerTrue = options.now === undefined && options.monotonicNow === undefined;
  let marginMs = drawMarginMs(options);
  let flight: Promise<AccessToken> | undefined;

  async function fetchNext(rejected: AccessToken | undefined, minTtlMs: number | undefined): Promise<AccessToken> {
    try {
      const token = await source.getToken({ rejected, minTtlMs });
      marginMs = drawMarginMs(options);
      held = token;
      givenHeld = Promise.resolve(token);
      heldSinceMs = now();
      heldSinceMonotonicMs = monotonicNow();
      heldUntilMs = Math.max(
        freshUntilMs(token, earlyMs(token, marginMs)),
        Math.min(heldSinceMs + settleMs, token.expiresAtMs ?? Infinity),
      );
      isTrusted = false;
      return token;
    } finally {
      flight = undefined;
    }
  }

  function isGoodFor(token: AccessToken, rejected: AccessToken | undefined, minTtlMs: number | undefined): boolean {
    if (token.value === rejected?.value) return false;
    return laterNow() < (minTtlMs === undefined ? heldUntilMs : Math.min(heldUntilMs, freshUntilMs(token, minTtlMs)));
  }

  /** Now, by whichever clock says that it is later: one can be set back, the other may stand still in a machine's sleep. */
  function laterNow(): number {
    const nowMs = now();
    const laterMs = Math.max(nowMs, heldSinceMs + monotonicNow() - heldSinceMonotonicMs);
    if (isTimerTrue && !isTrusted && laterMs < heldUntilMs) trustFor(Math.min(1000, heldUntilMs - laterMs));
    return laterMs;
  }

  function trustFor(ms: number): void {
    isTrusted = true;
    const timer = setTimeout(() => {
      isTrusted = false;
    }, ms) as unknown as { readonly unref?: () => void };
    timer.unref?.(); // In Node a timer keeps the process, and nobody waits for this one. Elsewhere it is a number.
  }

  async function findToken({ signal, rejected, minTtlMs }: GetTokenOptions): Promise<AccessToken> {
    signal?.throwIfAborted();
    if (held !== undefined && isGoodFor(held, rejected, minTtlMs)) return held;

    const joined = flight;
    if (joined !== undefined) {
      // It may have left for another reason than ours, and come back with the very token we cannot use. One that does
      // not live long is still the newest there is.
      const token = await abortable(joined, signal);
      if (minTtlMs === undefined ? token.value !== rejected?.value : isGoodFor(token, rejected, minTtlMs)) return token;
    }
    // Where the clock was set back, a source that goes by it takes a dead token for a living one: tell it.
    const isDead = held?.expiresAtMs !== undefined && laterNow() >= held.expiresAtMs;
    const wishMs = held === undefined ? minTtlMs : Math.max(earlyMs(held, marginMs), minTtlMs ?? 0);
    flight ??= fetchNext(isDead ? held : rejected, wishMs);
    return abortable(flight, signal);
  }

  return {
    getToken(asked = {}) {
      const { signal, rejected, minTtlMs } = asked;
      const isPlain = signal?.aborted !== true && rejected === undefined && minTtlMs === undefined;
      return isPlain && isTrusted && givenHeld !== undefined ? givenHeld : findToken(asked);
    },
  };
}
