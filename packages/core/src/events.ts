import type { CredentialKey } from "./credential-key.ts";
import type { AuthError } from "./errors.ts";

/** What happened to a credential, for logs and metrics. No event carries a secret. */
export type AuthEvent = RenewalEnded | RenewalPostponed | RenewalStarted;

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

/** Receives events as they happen. It must not throw. */
export type OnEvent = (event: AuthEvent) => void;
