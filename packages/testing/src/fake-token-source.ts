import { accessToken, type AccessToken, type GetTokenOptions, type TokenSource } from "@org/auth-core";

export interface FakeTokenSourceOptions {
  /** How long each token lives, in milliseconds. Default: an hour. */
  readonly lifetimeMs?: number | undefined;
  /** What the tokens are granted for. Default: nothing. */
  readonly scopes?: readonly string[] | undefined;
  /** Default: `Date.now`. */
  readonly now?: (() => number) | undefined;
}

/**
 * A source of the tokens `fake-token-1`, `fake-token-2` and so on, with no server behind it. It gives the same one until
 * that is refused (`rejected`), has come to its end or does not live for `minTtlMs` any more; then it makes the next.
 */
export interface FakeTokenSource extends TokenSource {
  /** What each call so far has asked for. */
  readonly calls: readonly GetTokenOptions[];
  /** How many tokens have been made: the last one is `fake-token-` and this number. */
  readonly tokensMade: number;
  /** The token in use is at its end, whatever the clock says: the next call makes another. */
  expire(): void;
  /** The next call rejects with `error`, such as a `LoginRequiredError`; calling it again is for the one after that. */
  failNext(error: Error): void;
}

/** Makes a {@link FakeTokenSource}. No token is made before the first call. */
export function fakeTokenSource(options: FakeTokenSourceOptions = {}): FakeTokenSource {
  const { lifetimeMs = 3_600_000, scopes = [], now = Date.now } = options;
  const calls: GetTokenOptions[] = [];
  const failures: Error[] = [];
  let held: AccessToken | undefined;
  let tokensMade = 0;

  function isGoodFor({ value, expiresAtMs = 0 }: AccessToken, { rejected, minTtlMs = 0 }: GetTokenOptions): boolean {
    return value !== rejected?.value && now() < expiresAtMs - minTtlMs;
  }

  return {
    calls,
    get tokensMade() {
      return tokensMade;
    },
    async getToken(asked = {}) {
      calls.push(asked);
      asked.signal?.throwIfAborted();
      const failure = failures.shift();
      if (failure !== undefined) throw failure;
      if (held === undefined || !isGoodFor(held, asked)) {
        const obtainedAtMs = now();
        const value = `fake-token-${++tokensMade}`;
        held = accessToken({ value, obtainedAtMs, expiresAtMs: obtainedAtMs + lifetimeMs, scopes });
      }
      return held;
    },
    expire() {
      held = undefined;
    },
    failNext: (error) => void failures.push(error),
  };
}
