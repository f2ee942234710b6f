import type { TokenSet } from "./credential.ts";

/** How early tokens are renewed, and by what clock and chance. */
export interface FreshnessOptions {
  /** Renew when less than this is left, at most. Default: 60,000. Each token's margin is half of it to all of it, at
   * random, so that a fleet whose tokens were issued together does not renew together. */
  readonly refreshEarlyMs?: number | undefined;
  /** Milliseconds since 1970. Default: `Date.now`. */
  readonly now?: (() => number) | undefined;
  /** From 0 up to 1. Default: `Math.random`. */
  readonly random?: (() => number) | undefined;
}

/** One draw of the margin by which renewal comes early, in milliseconds. */
export function drawMarginMs({ refreshEarlyMs = 60_000, random = Math.random }: FreshnessOptions): number {
  return refreshEarlyMs * (0.5 + random() / 2);
}

interface Lifetime {
  readonly expiresAtMs?: number | undefined;
  readonly obtainedAtMs?: number | undefined;
}

/** How early to renew a token of its own accord: the margin drawn for it, but no more than a fifth of its whole life. */
export function earlyMs(token: Lifetime, marginMs: number): number {
  return Math.min(marginMs, lifeMs(token) / 5);
}

/**
 * When a token stops being fresh for a caller that wants `minTtlMs`, in milliseconds since 1970.
 *
 * A wish for more than four fifths of the token's whole life is cut down to that: else a token that lives shorter than
 * the wish would be renewed at every call.
 */
export function freshUntilMs(token: Lifetime, minTtlMs: number): number {
  const { expiresAtMs } = token;
  return expiresAtMs === undefined ? Infinity : expiresAtMs - Math.min(minTtlMs, lifeMs(token) * 0.8);
}

/**
 * Whether it is too soon to renew again, because the last renewal brought a token that was dead or nearly dead when it
 * came: one with a life of a second at most. That is for the calls that waited for it, and its server is left alone for
 * ten seconds; else every call would ask it.
 */
export function isTooSoon({ generation, obtainedAtMs, expiresAtMs }: TokenSet, nowMs: number): boolean {
  const sinceMs = nowMs - obtainedAtMs; // Below 0: the clock was set back, so it says nothing.
  return generation > 0 && lifeMs({ obtainedAtMs, expiresAtMs }) <= 1000 && sinceMs >= 0 && sinceMs < 10_000;
}

function lifeMs({ expiresAtMs, obtainedAtMs }: Lifetime): number {
  return expiresAtMs === undefined || obtainedAtMs === undefined ? Infinity : Math.max(0, expiresAtMs - obtainedAtMs);
}
