import type { AccessToken } from "./access-token.ts";
import type { TokenSource } from "./token-source.ts";

/**
 * A source that always gives the same token: for an API key, or a token that someone else looks after.
 *
 * A refused or expired one is given all the same, as there is no other: the API has the last word.
 */
export function fixed(token: AccessToken): TokenSource {
  return {
    getToken: ({ signal } = {}) =>
      signal?.aborted === true ? Promise.reject(signal.reason as Error) : Promise.resolve(token),
  };
}
