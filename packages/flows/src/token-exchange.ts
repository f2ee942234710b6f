import type { AuthorizationServer, TokenSet } from "@org/auth-core";
import type { ClientIdentity } from "./client-auth.ts";
import type { HttpOptions } from "./http.ts";
import { requestGrant } from "./token-grant.ts";
import type { TokenTarget } from "./token-target.ts";

export interface ExchangeTokenOptions extends TokenTarget {
  /** Secret. The token that is exchanged: it says on whose behalf the new one acts. */
  readonly subjectToken: string;
  /** What it is, such as `urn:ietf:params:oauth:token-type:jwt` (RFC 8693 section 3). */
  readonly subjectTokenType: string;
  /** Which type of access token is wanted. Default: the server decides. */
  readonly requestedTokenType?: string | undefined;
  readonly http?: HttpOptions | undefined;
}

/**
 * Exchanges a token, which may be another issuer's, for an access token of this server, with one request. The account is
 * not named, as there is no ID token.
 *
 * Rejects with {@link AuthError}: `invalid_grant` when the server does not accept the token, `bad_response` when what it
 * gives is no access token, `unsupported_by_server`, `invalid_client`, `invalid_scope`, `server_error`, and as any request
 * to the server does.
 *
 * @see [RFC 8693](https://www.rfc-editor.org/rfc/rfc8693)
 */
export async function exchangeToken(
  server: AuthorizationServer,
  client: ClientIdentity,
  { subjectToken, subjectTokenType, requestedTokenType, http, ...target }: ExchangeTokenOptions,
): Promise<TokenSet> {
  return await requestGrant(server, client, {
    doing: "exchanging a token",
    grantHint: "Get a new token to exchange; see that the server trusts its issuer and lets this client exchange it.",
    grantType: "urn:ietf:params:oauth:grant-type:token-exchange",
    parameters: {
      subject_token: subjectToken,
      subject_token_type: subjectTokenType,
      ...(requestedTokenType !== undefined && { requested_token_type: requestedTokenType }),
    },
    target,
    http,
    idToken: "dropped",
  });
}
