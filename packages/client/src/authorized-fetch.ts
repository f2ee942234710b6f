import type { TokenSource } from "@org/auth-core";
import { authorizedSender, type SenderOptions } from "./authorized-sender.ts";

export type AuthorizedFetchOptions = Omit<SenderOptions, "headers" | "loginCommand">;

/**
 * A `fetch` that sends `Authorization: Bearer …` with a token of `source`, asked for anew for each request, to the
 * allowed origins and nowhere else. For anything that accepts a `fetch`.
 *
 * - For a request to another origin, or with an `Authorization` of its own, no token is asked for, and nothing is added.
 * - Redirects are followed by our own rule, wherever the request began: nothing that was meant for one origin reaches
 *   another, and a body that is a stream is sent nowhere else.
 * - After a 401 to a request that carried the token, the source is asked once more, naming the refused token. If it has
 *   another one that request is sent once more. A stream is used up by then: give it by `replayable`.
 * - A token that is bound to a key goes as `Authorization: DPoP …` (RFC 9449), with a proof that is made anew each time it
 *   is sent, also for a redirect within the origin. A server that asks for its nonce gets the request once more. A 401
 *   that finds fault with the proof costs no token.
 * - A 401 that wants a stronger or more recent sign-in (RFC 9470) costs no token either. With `onStepUp` its person can be
 *   asked, and the request is sent once more.
 *
 * A body that comes in a `Request` is held in memory until its answer has come. Rejects as `fetch` does, with what the
 * source rejects with, and with an `AuthError`: `redirect_refused`; `body_not_replayable` for a stream that would have to
 * be sent again; `token_in_url` for an address with an `access_token` in its query; `config_invalid` for a token that no
 * header can carry. Throws `TypeError` at once when an origin is not `https:`, nor `http:` on the loopback.
 *
 * @see [RFC 6750 section 2.1](https://www.rfc-editor.org/rfc/rfc6750#section-2.1)
 */
export function authorizedFetch(source: TokenSource, options: AuthorizedFetchOptions): typeof globalThis.fetch {
  return authorizedSender(source, options);
}
