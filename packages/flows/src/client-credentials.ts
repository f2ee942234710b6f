import { tokenSet, type AuthorizationServer, type TokenSet } from "@org/auth-core";
import { clientCredentialsGrantRequest } from "oauth4webapi";
import type { ClientIdentity } from "./client-auth.ts";
import type { HttpOptions } from "./http.ts";
import { requestTokens } from "./token-request.ts";

export interface ClientCredentialsOptions {
  /** What to ask for. Default: nothing, which the server takes as it likes. */
  readonly scopes?: readonly string[] | undefined;
  /** More for the token request, such as `audience` or `resource`. It cannot replace what the grant itself sends. */
  readonly extraParameters?: Readonly<Record<string, string>> | undefined;
  readonly http?: HttpOptions | undefined;
}

/**
 * Signs a machine in, with one request. The set has no refresh token: asking again does the same.
 *
 * Rejects with {@link AuthError}: `invalid_client`, `invalid_scope`, `server_error`, `network`, `timeout`,
 * `server_unavailable`, `bad_response`.
 *
 * @see [RFC 6749 section 4.4](https://www.rfc-editor.org/rfc/rfc6749#section-4.4)
 */
export async function clientCredentials(
  server: AuthorizationServer,
  client: ClientIdentity,
  { scopes = [], extraParameters = {}, http = {} }: ClientCredentialsOptions = {},
): Promise<TokenSet> {
  const parameters = new URLSearchParams(extraParameters);
  if (scopes.length > 0) parameters.set("scope", scopes.join(" "));

  const answer = await requestTokens({
    task: { doing: "getting a token for the client", issuer: server.issuer },
    server,
    client,
    http,
    idToken: "dropped",
    send: (metadata, wireClient, authentication, options) =>
      clientCredentialsGrantRequest(metadata, wireClient, authentication, parameters, options),
  });
  return tokenSet({
    server,
    clientId: client.clientId,
    accessToken: answer.accessToken,
    obtainedAtMs: answer.obtainedAtMs,
    expiresAtMs: answer.expiresAtMs,
    scopes: answer.scopes ?? scopes,
    generation: 0,
  });
}
