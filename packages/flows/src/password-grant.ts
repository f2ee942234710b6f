import type { AuthorizationServer, TokenSet } from "@org/auth-core";
import type { ClientIdentity } from "./client-auth.ts";
import type { HttpOptions } from "./http.ts";
import { requestGrant } from "./token-grant.ts";
import { asksForIdToken } from "./token-request.ts";
import type { TokenTarget } from "./token-target.ts";

export interface PasswordGrantOptions extends TokenTarget {
  readonly username: string;
  /** Secret. */
  readonly password: string;
  readonly http?: HttpOptions | undefined;
}

/**
 * Signs a person in with a password that the program was given. Deprecated, and gone in OAuth 2.1: the program sees the
 * password, and there is no second factor. For servers that offer nothing else.
 *
 * With `openid` among the scopes an ID token is asked for and checked, and the set names the account. Rejects with
 * {@link AuthError}: `invalid_grant` when the user name or the password is wrong, `unsupported_by_server`,
 * `invalid_client`, `invalid_scope`, `bad_id_token`, and as any request to the server does.
 *
 * @see [RFC 6749 section 4.3](https://www.rfc-editor.org/rfc/rfc6749#section-4.3)
 */
export async function passwordGrant(
  server: AuthorizationServer,
  client: ClientIdentity,
  { username, password, http, ...target }: PasswordGrantOptions,
): Promise<TokenSet> {
  return await requestGrant(server, client, {
    doing: "signing in with a password",
    grantHint: "Check the user name and the password.",
    grantType: "password",
    parameters: { username, password },
    target,
    http,
    idToken: asksForIdToken(server, target.scopes ?? []) ? "required" : "dropped",
  });
}
