import type { CredentialKey } from "./credential-key.ts";
import type { Credential } from "./credential.ts";
import type { AuthError } from "./errors.ts";
import type { GivenCredential } from "./given-credential.ts";
import type { Provenance } from "./provenance.ts";

/**
 * What happened to a credential or its tokens, for logs, metrics and traces. No event carries a secret; some name an
 * account. What a call rejects with is no event of its own, nor is a request that went well.
 */
export type AuthEvent =
  | ClockSkewed
  | CredentialFound
  | RenewalEnded
  | RenewalPostponed
  | RenewalStarted
  | ScopesNarrowed
  | SignedIn
  | TokenRefused
  | TokenWithheld;

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

/**
 * A search has ended with this credential, which is used from now on: what a log needs to tell whose requests these are.
 * The places that were asked before its own had none. An anonymous one is not told of.
 */
export interface CredentialFound {
  readonly type: "credential-found";
  readonly kind: Exclude<(Credential | GivenCredential)["kind"], "anonymous">;
  readonly provenance: Provenance;
  /** Under which key a store keeps it. Absent: it is in no store. */
  readonly key?: CredentialKey | undefined;
}

/**
 * A renewal request is about to be sent, under the lock: for a machine also that for its first token. Exactly one
 * {@link RenewalEnded} follows, unless the process ends before.
 */
export interface RenewalStarted {
  readonly type: "renewal-started";
  readonly key: CredentialKey;
  /** Drawn at random: the same in the event of its end. */
  readonly renewalId: string;
}

export interface RenewalEnded {
  readonly type: "renewal-ended";
  readonly key: CredentialKey;
  readonly renewalId: string;
  /** Since {@link RenewalStarted}, in whole milliseconds: with all that was asked again, and with keeping the result. */
  readonly durationMs: number;
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

/** A person has signed in, because a program asked for a token, and the login is kept. */
export interface SignedIn {
  readonly type: "signed-in";
  readonly key: CredentialKey;
  /** How: through a browser here, or by a code on another device. */
  readonly flow: "browser" | "device";
}

/**
 * An API has refused the token that a request carried (401), which the caller may never hear of. Told once for each such
 * request, when it is known what became of it.
 */
export interface TokenRefused {
  readonly type: "token-refused";
  /** The API's. */
  readonly origin: string;
  /** Where the token came from. Absent: its source does not say. */
  readonly provenance?: Provenance | undefined;
  /** The error code of the API's challenge, such as `invalid_token`. Absent: it gave none, or one that no RFC knows. */
  readonly reason?: string | undefined;
  /**
   * - `replaced`: the source had another token, with which the request was sent once more, and not refused.
   * - `refused-again`: the API refused that one as well. It is likely that it takes none of this source's.
   * - `kept`: there was no other token to be had, so the 401 is the answer.
   * - `failed`: another one could not be had, or the request not be sent once more.
   */
  readonly outcome: "failed" | "kept" | "refused-again" | "replaced";
  /** Why. Present when `failed`, unless by the caller's own abort or an error that is not ours. */
  readonly error?: AuthError | undefined;
}

/**
 * An API has redirected a request to another origin, and it went on there without its token: why an answer may be a 401
 * that has nothing to do with the credential.
 */
export interface TokenWithheld {
  readonly type: "token-withheld";
  /** The API's. */
  readonly origin: string;
  /** The origin that the redirects ended at. */
  readonly to: string;
}

/**
 * Receives events as they happen, within the call that brings them about: be quick. What it throws breaks nothing here; it
 * is thrown once more by itself, which Node calls an uncaught exception.
 */
export type OnEvent = (event: AuthEvent) => void;
