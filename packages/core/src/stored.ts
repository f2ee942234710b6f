import { abortable } from "./abortable.ts";
import type { CredentialKey } from "./credential-key.ts";
import type { CredentialStore } from "./credential-store.ts";
import { accessTokenOf, changedTokenSet, type Credential, type TokenSet } from "./credential.ts";
import { AuthError, isAuthError, StoreError, TokenExpiredError } from "./errors.ts";
import type { OnEvent, RenewalEnded } from "./events.ts";
import { drawMarginMs, earlyMs, freshUntilMs, isTooSoon, type FreshnessOptions } from "./freshness.ts";
import type { Provenance } from "./provenance.ts";
import { tell } from "./tell.ts";
import type { TokenSource } from "./token-source.ts";

/**
 * Gets the next token set from the server, with one request that ends by itself. `current` is what is kept now;
 * `undefined`: nothing, which a renewal that needs a login refuses with {@link LoginRequiredError}.
 */
export type Renew = (current: TokenSet | undefined) => Promise<TokenSet>;

export interface StoredOptions extends FreshnessOptions {
  /** Told of every renewal. */
  readonly onEvent?: OnEvent | undefined;
  /** Milliseconds since whenever, by a clock that nobody can set. Default: `performance.now`. */
  readonly monotonicNow?: (() => number) | undefined;
  /** What a person is to do when the login has ended. Default: that of the error's code. */
  readonly loginHint?: string | undefined;
  /** Goes with every token. */
  readonly provenance?: Provenance | undefined;
  /**
   * Ask again with the same refresh token: once when the answer was lost on its way, up to twice when the server says
   * that it cannot answer just now. Default: true.
   */
  readonly retryLostResponse?: boolean | undefined;
  /** How to wait before a server is asked again. Default: a timer. */
  readonly sleep?: ((ms: number) => Promise<void>) | undefined;
}

/** How often a server is asked again in one renewal. */
const mostRetries = 2;

/** Whoever waits for the lock waits along. A server that wants more time than this is not asked again. */
const longestPauseMs = 5000;

/**
 * A source whose tokens live in `store` under `key`, shared by every process that uses them, and renewed by one of them
 * at a time under the store's lock. What is renewed is saved before anyone sees it.
 *
 * A fresh token costs one read of the store and nothing else; put `reuse` around it to hold it in memory. Rejects with
 * {@link LoginRequiredError} when there is no login or the server has ended it, with {@link StoreError} when the store
 * fails, with {@link AuthError} `token_short_lived` when a token of a second or less is all that the last renewal, not ten
 * seconds ago, has brought, and with what `renew` rejects with otherwise. When the reason may pass and the token in use
 * still lives and was not refused, that one is given instead.
 */
export function stored(
  store: CredentialStore,
  key: CredentialKey,
  renew: Renew,
  options: StoredOptions = {},
): TokenSource {
  const { now = Date.now, random = Math.random, sleep = realSleep, onEvent, loginHint, provenance } = options;
  const { retryLostResponse = true, monotonicNow = () => performance.now() } = options;
  /** What could not be saved, and the access token of the set it replaces in the store: this process has its only copy. */
  let unsaved: { readonly set: TokenSet; readonly replaces: string | undefined } | undefined;

  function latestOf(credential: Credential | undefined): TokenSet | undefined {
    const kept = asTokenSet(credential, key);
    return unsaved !== undefined && kept?.ended === undefined && kept?.accessToken === unsaved.replaces
      ? unsaved.set
      : kept;
  }

  /** `isFresh` says whether a set may be used and lives for that long yet, or for the margin when nothing is wished. */
  async function renewUnderLock(
    isFresh: (set: TokenSet, forMs: number | undefined) => boolean,
    minTtlMs: number | undefined,
  ): Promise<TokenSet> {
    let replaced: string | undefined;
    let made: TokenSet | undefined;
    let lost: readonly string[] = [];
    let renewal: { readonly id: string; readonly startedMs: number } | undefined;

    const change = async (kept: Credential | undefined): Promise<TokenSet> => {
      const current = latestOf(kept);
      replaced = asTokenSet(kept, key)?.accessToken;
      if (current !== undefined && (current.ended !== undefined || isFresh(current, minTtlMs))) {
        // Another process was here first: adopt what it got. Or this one was, and could not save it.
        if (current === unsaved?.set) made = current;
        return current;
      }
      if (current !== undefined && isTooSoon(current, now())) throw shortLived(key, current);

      renewal = { id: Math.trunc(random() * 2 ** 40).toString(36), startedMs: monotonicNow() };
      tell(onEvent, { type: "renewal-started", key, renewalId: renewal.id });
      try {
        const next = await renewPatiently(current, current !== undefined && isFresh(current, 0));
        made = changedTokenSet(next, { generation: (current?.generation ?? 0) + 1 });
        lost = (current?.scopes ?? []).filter((scope) => !next.scopes.includes(scope));
      } catch (error) {
        if (current === undefined || !isAuthError(error) || error.code !== "invalid_grant") throw error;
        // Someone may have saved past the lock while we asked.
        const latest = asTokenSet(await store.read(key), key);
        if (latest !== undefined && latest.generation > current.generation && isFresh(latest, minTtlMs)) return latest;
        made = changedTokenSet(current, { ended: { reason: error.code, atMs: now() } });
      }
      return made;
    };

    const end = (outcome: RenewalEnded["outcome"], error?: unknown): void => {
      if (renewal === undefined) return;
      const { id: renewalId, startedMs } = renewal;
      const durationMs = Math.round(monotonicNow() - startedMs);
      const why = isAuthError(error) ? { error } : {};
      tell(onEvent, { type: "renewal-ended", key, renewalId, durationMs, outcome, ...why });
      if (lost.length > 0) tell(onEvent, { type: "scopes-narrowed", key, lost });
    };

    let set: TokenSet | undefined;
    try {
      set = asTokenSet(await store.update(key, change), key);
      unsaved = undefined;
    } catch (error) {
      if (made === undefined) {
        end("failed", error);
        throw error;
      }
      if (made.ended === undefined) {
        unsaved = { set: made, replaces: replaced };
        end("unsaved", error);
        return made; // The token is good even where it cannot be kept; losing it as well would help nobody.
      }
      set = made; // The login has ended, whether that can be noted down or not.
    }
    if (set === undefined || set.ended !== undefined) {
      const error = loginEnded(key, set, loginHint);
      end("login-ended", error);
      throw error;
    }
    end(made === undefined ? "adopted" : "saved");
    return set;
  }

  async function renewPatiently(current: TokenSet | undefined, isAlive: boolean): Promise<TokenSet> {
    let isLostOnce = false;
    for (let retries = 0; ; retries++) {
      try {
        return await renew(current);
      } catch (error) {
        if (!retryLostResponse || retries === mostRetries || !isAuthError(error)) throw error;
        if ((error.code === "network" || error.code === "timeout") && !isLostOnce) {
          // The server may have rotated the refresh token and its answer got lost. Nobody else has the new one, and
          // servers forgive a repeat for a moment.
          isLostOnce = true;
          // While the old token lives nobody need wait for the next one.
        } else if (error.code === "server_unavailable" && !isAlive) {
          const pauseMs = Math.max(retryAfterMsOf(error), 500 * 2 ** retries * (0.5 + random() / 2));
          if (pauseMs > longestPauseMs) throw error;
          await sleep(pauseMs);
        } else throw error;
      }
    }
  }

  return {
    async getToken({ signal, rejected, minTtlMs } = {}) {
      signal?.throwIfAborted();
      const marginMs = drawMarginMs(options);
      const isFresh = (set: TokenSet, forMs: number | undefined): boolean =>
        set.ended === undefined &&
        set.accessToken !== rejected?.value &&
        now() < freshUntilMs(set, forMs ?? earlyMs(set, marginMs));

      const current = latestOf(await store.read(key));
      if (current !== undefined && isFresh(current, minTtlMs)) return accessTokenOf(current, provenance);
      if (current?.ended !== undefined) throw loginEnded(key, current, loginHint);

      try {
        return accessTokenOf(await abortable(renewUnderLock(isFresh, minTtlMs), signal), provenance);
      } catch (error) {
        if (current === undefined || !isFresh(current, 0) || !isAuthError(error) || !error.retryable) throw error;
        tell(onEvent, { type: "renewal-postponed", key, error });
        return accessTokenOf(current, provenance);
      }
    },
  };
}

function asTokenSet(credential: Credential | undefined, key: CredentialKey): TokenSet | undefined {
  if (credential === undefined || credential.kind === "token-set") return credential;
  throw new StoreError("store_corrupt", `the store keeps a ${credential.kind} where ${key.profile}'s login belongs`);
}

function retryAfterMsOf(error: AuthError): number {
  return "retryAfterMs" in error && typeof error.retryAfterMs === "number" ? error.retryAfterMs : 0;
}

function realSleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function shortLived({ issuer }: CredentialKey, { expiresAtMs = 0, obtainedAtMs }: TokenSet): AuthError {
  const lifeMs = Math.max(0, expiresAtMs - obtainedAtMs);
  return new AuthError("token_short_lived", `a token of ${issuer} lives for ${lifeMs} ms, and one has just been got`);
}

function loginEnded(key: CredentialKey, set: TokenSet | undefined, hint: string | undefined): AuthError {
  const why = set?.ended === undefined ? "" : ` (${set.ended.reason})`;
  return new TokenExpiredError(`the login "${key.profile}" at ${key.issuer} has ended${why}`, { hint });
}
