import type { AccessToken } from "./access-token.ts";

/** What a caller may ask of one `getToken` call. */
export interface GetTokenOptions {
  /** Ends this caller's wait, with the signal's reason. Work shared with other callers goes on. */
  readonly signal?: AbortSignal | undefined;
  /**
   * The token an API has just refused. If it has been replaced already the replacement comes back with no request, and
   * callers that were refused the same token cause one renewal between them.
   */
  readonly rejected?: AccessToken | undefined;
  /**
   * How long the token should live on, in milliseconds. A wish: it is renewed when it has less, but a server that gives
   * shorter ones, or cannot be reached, is not an error while the token lives. Default: the source's own margin.
   */
  readonly minTtlMs?: number | undefined;
}

/**
 * Makes access tokens for one identity (issuer, client, account, audience, scopes), fixed when the source is made.
 * Call it for every request: a good source answers from memory nearly always.
 */
export interface TokenSource {
  /** Rejects with {@link AuthError}: `login_required` when a person must act, `network` or `timeout` when it may pass. */
  getToken(options?: GetTokenOptions): Promise<AccessToken>;
}
