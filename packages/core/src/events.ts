import type { CredentialKey } from "./credential-key.ts";
import type { AuthError } from "./errors.ts";

/** What happened to a credential, for logs and metrics. No event carries a secret. */
export type AuthEvent = ClockSkewed | RenewalEnded | RenewalPostponed | RenewalStarted | ScopesNarrowed;

/**
 * Our clock and a server's differ by more than five minutes, going by the date of its answer. Told of every such answer.
 * It is a hint: the server may be the one that is wrong, and no time is reckoned by it.
 */
export interface ClockSkewed {
  readonly type: "clock-skewed";
  readonly issuer: string;
  /** By how much our clock is ahead, in milliseconds. Below 0: it is behind. */
  readonly aheadMs: number;
}

/** A renewal request is about to be sent, under the lock. Exactly one {@link RenewalEnded} follows. */
export interface RenewalStarted {
  readonly type: "renewal-started";
  readonly key: CredentialKey;
}

export interface RenewalEnded {
  readonly type: "renewal-ended";
  readonly key: CredentialKey;
  /**
   * - `saved`: renewed, and on durable storage.
   * - `unsaved`: renewed, but keeping it failed. The token is good; the next process may have to sign in again.
   * - `adopted`: the server refused, because someone else had renewed already; theirs is used.
   * - `login-ended`: the server has ended the login.
   * - `failed`: no answer that could be used.
   */
  readonly outcome: "adopted" | "failed" | "login-ended" | "saved" | "unsaved";
  /** Why. Absent when `saved` or `adopted`. */
  readonly error?: AuthError | undefined;
}

/** A renewal could not be had for a reason that may pass, and the token in use, which still lives, was given instead. */
export interface RenewalPostponed {
  readonly type: "renewal-postponed";
  readonly key: CredentialKey;
  readonly error: AuthError;
}

/** A renewed token is good for less than the one before. What it is still good for is kept with it. */
export interface ScopesNarrowed {
  readonly type: "scopes-narrowed";
  readonly key: CredentialKey;
  /** The scopes that went. */
  readonly lost: readonly string[];
}

/** Receives events as they happen. It must not throw. */
export type OnEvent = (event: AuthEvent) => void;
