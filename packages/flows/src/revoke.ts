import type { AuthorizationServer } from "@org/auth-core";
import { revocationRequest } from "oauth4webapi";
import { clientAuth, type ClientIdentity } from "./client-auth.ts";
import { exchange, type HttpOptions } from "./http.ts";
import { fieldsOf, jsonAnswer, jsonOf } from "./json-answer.ts";
import { tokenRequestOptions } from "./json-request.ts";
import { endpointOf, metadataOf } from "./server.ts";
import type { Task } from "./translate-error.ts";

export interface RevokeOptions {
  /** Which kind of token it is, so that the server finds it sooner. Default: not told. */
  readonly tokenTypeHint?: "access_token" | "refresh_token" | undefined;
  readonly http?: HttpOptions | undefined;
}

/**
 * Tells the server that a token is not to be used any more. Revoking a refresh token ends the whole login, and revoking
 * one that is dead already is no error.
 *
 * Rejects with {@link AuthError} `unsupported_by_server` where there is no revocation, with no request.
 *
 * @see [RFC 7009](https://www.rfc-editor.org/rfc/rfc7009)
 */
export async function revoke(
  server: AuthorizationServer,
  client: ClientIdentity,
  token: string,
  { tokenTypeHint, http = {} }: RevokeOptions = {},
): Promise<void> {
  const task: Task = { doing: "revoking the token", issuer: server.issuer };
  const additionalParameters = tokenTypeHint === undefined ? {} : { token_type_hint: tokenTypeHint };
  const wireClient = { client_id: client.clientId };

  const url = endpointOf(server, "revocationEndpoint");
  const authentication = await clientAuth(client, http);

  const response = await exchange(task, url, http, (options) =>
    revocationRequest(metadataOf(server), wireClient, authentication, token, {
      additionalParameters,
      ...tokenRequestOptions(options, http),
    }),
  );
  // What is in a good answer does not matter, unless it is an error after all.
  const error = fieldsOf(await jsonOf(response.clone()))?.get("error") ?? "";
  if (!response.ok || error !== "") await jsonAnswer(response, task);
}
