import type { AuthorizationServer, TokenSet } from "@org/auth-core";
import type { ClientIdentity } from "./client-auth.ts";
import type { HttpOptions } from "./http.ts";
import { requestGrant } from "./token-grant.ts";
import type { TokenTarget } from "./token-target.ts";

export interface JwtBearerOptions extends TokenTarget {
  /** Secret. A JWT of an issuer that the server trusts, about whom the token is to be for. */
  readonly assertion: string;
  readonly http?: HttpOptions | undefined;
}

/**
 * Gets an access token for a JWT, with one request. The account is not named, as there is no ID token.
 *
 * Rejects with {@link AuthError}: `invalid_grant` when the server does not accept the JWT, `unsupported_by_server`,
 * `invalid_client`, `invalid_scope`, `server_error`, and as any request to the server does.
 *
 * @see [RFC 7523 section 2.1](https://www.rfc-editor.org/rfc/rfc7523#section-2.1)
 */
export async function jwtBearer(
  server: AuthorizationServer,
  client: ClientIdentity,
  { assertion, http, ...target }: JwtBearerOptions,
): Promise<TokenSet> {
  return await requestGrant(server, client, {
    doing: "getting a token for a JWT",
    grantHint: "Get a new JWT; see that the server trusts whoever signed it, and that it is for this server.",
    grantType: "urn:ietf:params:oauth:grant-type:jwt-bearer",
    parameters: { assertion },
    target,
    http,
    idToken: "dropped",
  });
}
