import { changedTokenSet, type AuthorizationServer, type TokenSet } from "@org/auth-core";
import type { ClientIdentity } from "./client-auth.ts";
import type { HttpOptions } from "./http.ts";
import { requestGrant } from "./token-grant.ts";
import type { TokenTarget } from "./token-target.ts";

export interface ClientCredentialsOptions extends TokenTarget {
  readonly http?: HttpOptions | undefined;
}

/**
 * Signs a machine in, with one request. The set has no refresh token: asking again does the same.
 *
 * Rejects with {@link AuthError}: `invalid_client`, `invalid_scope`, `server_error`, `network`, `timeout`,
 * `server_unavailable`, `bad_response`; and `config_invalid` for a key or an assertion that is not one.
 *
 * @see [RFC 6749 section 4.4](https://www.rfc-editor.org/rfc/rfc6749#section-4.4)
 */
export async function clientCredentials(
  server: AuthorizationServer,
  client: ClientIdentity,
  { http, ...target }: ClientCredentialsOptions = {},
): Promise<TokenSet> {
  const set = await requestGrant(server, client, {
    doing: "getting a token for the client",
    grantType: "client_credentials",
    target,
    http,
    idToken: "dropped",
  });
  return changedTokenSet(set, { refreshToken: undefined });
}
