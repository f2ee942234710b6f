/**
 * A clock that stands still until a test moves it. Its functions fit the options `now`, `monotonicNow` and `sleep` of
 * everything in the toolkit, and need no `this`.
 */
export interface FakeClock {
  /** What the wall says, in milliseconds since 1970. */
  readonly now: () => number;
  /** Milliseconds since the clock was made, which nobody can set. */
  readonly monotonicNow: () => number;
  /**
   * Whoever sleeps does not wait: the clock goes on by so many milliseconds at once, and {@link FakeClock.sleeps} tells
   * of it. Rejects with the signal's reason when that has aborted.
   */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** How long each sleep would have been, in milliseconds, in the order in which they came. */
  readonly sleeps: readonly number[];
  /** Time passes: both clocks go on by so many milliseconds. */
  readonly advance: (ms: number) => void;
  /** Somebody sets the clock on the wall, to milliseconds since 1970. No time passes. */
  readonly setNow: (nowMs: number) => void;
}

/** Makes a {@link FakeClock}. `nowMs`: where it starts. Default: the beginning of 2030. */
export function fakeClock({ nowMs = Date.UTC(2030) }: { readonly nowMs?: number | undefined } = {}): FakeClock {
  let wallMs = nowMs;
  let monotonicMs = 0;
  const sleeps: number[] = [];

  function advance(ms: number): void {
    wallMs += ms;
    monotonicMs += ms;
  }

  return {
    now: () => wallMs,
    monotonicNow: () => monotonicMs,
    async sleep(ms, signal) {
      signal?.throwIfAborted();
      sleeps.push(ms);
      advance(ms);
    },
    sleeps,
    advance,
    setNow(ms) {
      wallMs = ms;
    },
  };
}
