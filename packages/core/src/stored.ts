import { abortable } from "./abortable.ts";
import type { CredentialKey } from "./credential-key.ts";
import type { CredentialStore } from "./credential-store.ts";
import { accessTokenOf, changedTokenSet, type Credential, type TokenSet } from "./credential.ts";
import { isAuthError, LoginRequiredError, StoreError, type AuthError } from "./errors.ts";
import type { OnEvent, RenewalEnded } from "./events.ts";
import { drawMarginMs, freshUntilMs, type FreshnessOptions } from "./freshness.ts";
import type { Provenance } from "./provenance.ts";
import type { TokenSource } from "./token-source.ts";

/**
 * Gets the next token set from the server, with one request that ends by itself. `current` is what is kept now;
 * `undefined`: nothing, which a renewal that needs a login refuses with {@link LoginRequiredError}.
 */
export type Renew = (current: TokenSet | undefined) => Promise<TokenSet>;

export interface StoredOptions extends FreshnessOptions {
  /** Told of every renewal. */
  readonly onEvent?: OnEvent | undefined;
  /** What a person is to do when the login has ended. Default: that of the error's code. */
  readonly loginHint?: string | undefined;
  /** Goes with every token. */
  readonly provenance?: Provenance | undefined;
  /** Ask once more with the same refresh token when the answer was lost on its way. Default: true. */
  readonly retryLostResponse?: boolean | undefined;
}

/**
 * A source whose tokens live in `store` under `key`, shared by every process that uses them, and renewed by one of them
 * at a time under the store's lock. What is renewed is saved before anyone sees it.
 *
 * A fresh token costs one read of the store and nothing else; put `reuse` around it to hold it in memory. Rejects with
 * {@link LoginRequiredError} when there is no login or the server has ended it, with {@link StoreError} when the store
 * fails, and with what `renew` rejects with otherwise. When the reason may pass and the token in use still lives and
 * was not refused, that one is given instead.
 */
export function stored(
  store: CredentialStore,
  key: CredentialKey,
  renew: Renew,
  options: StoredOptions = {},
): TokenSource {
  const { now = Date.now, onEvent, loginHint, provenance, retryLostResponse = true } = options;

  async function renewUnderLock(isUsable: (set: TokenSet) => boolean): Promise<TokenSet> {
    let renewed: TokenSet | undefined;
    let hasStarted = false;

    const change = async (kept: Credential | undefined): Promise<TokenSet> => {
      const current = asTokenSet(kept, key);
      // Another process was here first: adopt what it got.
      if (current !== undefined && (current.ended !== undefined || isUsable(current))) return current;

      hasStarted = true;
      onEvent?.({ type: "renewal-started", key });
      try {
        const next = await renewOnce(current);
        renewed = changedTokenSet(next, { generation: (current?.generation ?? 0) + 1 });
        return renewed;
      } catch (error) {
        if (current === undefined || !isAuthError(error) || error.code !== "invalid_grant") throw error;
        // Someone may have saved past the lock while we asked.
        const latest = asTokenSet(await store.read(key), key);
        if (latest !== undefined && latest.generation > current.generation && isUsable(latest)) return latest;
        return changedTokenSet(current, { ended: { reason: error.code, atMs: now() } });
      }
    };

    const end = (outcome: RenewalEnded["outcome"], error?: unknown): void => {
      if (hasStarted) onEvent?.({ type: "renewal-ended", key, outcome, ...(isAuthError(error) ? { error } : {}) });
    };

    let kept: Credential | undefined;
    try {
      kept = await store.update(key, change);
    } catch (error) {
      end(renewed === undefined ? "failed" : "unsaved", error);
      if (renewed === undefined) throw error;
      return renewed; // The token is good even where it cannot be kept; losing it as well would help nobody.
    }
    const set = asTokenSet(kept, key);
    if (set === undefined || set.ended !== undefined) {
      const error = loginEnded(key, set, loginHint);
      end("login-ended", error);
      throw error;
    }
    end(renewed === undefined ? "adopted" : "saved");
    return set;
  }

  async function renewOnce(current: TokenSet | undefined): Promise<TokenSet> {
    try {
      return await renew(current);
    } catch (error) {
      // The server may have rotated the refresh token and its answer got lost. Nobody else has the new one, and servers
      // forgive a repeat for a moment.
      const isAnswerLost = isAuthError(error) && (error.code === "network" || error.code === "timeout");
      if (!isAnswerLost || !retryLostResponse) throw error;
      return await renew(current);
    }
  }

  return {
    async getToken({ signal, rejected, minTtlMs = drawMarginMs(options) } = {}) {
      signal?.throwIfAborted();
      const isUsable = (set: TokenSet): boolean =>
        set.ended === undefined && set.accessToken !== rejected?.value && now() < freshUntilMs(set, minTtlMs);

      const current = asTokenSet(await store.read(key), key);
      if (current !== undefined && isUsable(current)) return accessTokenOf(current, provenance);
      if (current?.ended !== undefined) throw loginEnded(key, current, loginHint);

      try {
        return accessTokenOf(await abortable(renewUnderLock(isUsable), signal), provenance);
      } catch (error) {
        const isAlive =
          current !== undefined && current.accessToken !== rejected?.value && now() < freshUntilMs(current, 0);
        if (!isAlive || !isAuthError(error) || !error.retryable) throw error;
        onEvent?.({ type: "renewal-postponed", key, error });
        return accessTokenOf(current, provenance);
      }
    },
  };
}

function asTokenSet(credential: Credential | undefined, key: CredentialKey): TokenSet | undefined {
  if (credential === undefined || credential.kind === "token-set") return credential;
  throw new StoreError("store_corrupt", `the store keeps a ${credential.kind} where ${key.profile}'s login belongs`);
}

function loginEnded(key: CredentialKey, set: TokenSet | undefined, hint: string | undefined): AuthError {
  const why = set?.ended === undefined ? "" : ` (${set.ended.reason})`;
  return new LoginRequiredError(`the login "${key.profile}" at ${key.issuer} has ended${why}`, { hint });
}
