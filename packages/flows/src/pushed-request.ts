import { type AuthorizationServer, ServerError } from "@org/auth-core";
import { pushedAuthorizationRequest } from "oauth4webapi";
import { clientAuth, isPublicClient, type ClientIdentity } from "./client-auth.ts";
import { exchange, type HttpOptions } from "./http.ts";
import { jsonAnswer } from "./json-answer.ts";
import { endpointOf, metadataOf } from "./server.ts";
import { failure, type Task } from "./translate-error.ts";

/** What stands for an authorization request that the server has got already. */
export interface PushedRequest {
  readonly requestUri: string;
  /** For how long after it was asked for the server remembers it, in milliseconds: a day at most. */
  readonly lifetimeMs: number;
}

const longestSeconds = 24 * 60 * 60;

/**
 * Sends an authorization request straight to the server, so that nobody can read or change it on its way through the
 * browser. `undefined`: the server does not offer that, or not to public clients, and takes others.
 *
 * Rejects with {@link AuthError}: `bad_response` when the answer is not one, and as any request to the server does.
 *
 * @see [RFC 9126 section 2](https://www.rfc-editor.org/rfc/rfc9126#section-2)
 */
export async function pushRequest(
  task: Task,
  server: AuthorizationServer,
  client: ClientIdentity,
  parameters: URLSearchParams,
  http: HttpOptions,
): Promise<PushedRequest | undefined> {
  if (server.pushedAuthorizationRequestEndpoint === undefined) return undefined;
  const url = endpointOf(server, "pushedAuthorizationRequestEndpoint");
  const wireClient = { client_id: client.clientId };
  const authentication = await clientAuth(client, http);

  const response = await exchange(task, url, http, (options) =>
    pushedAuthorizationRequest(metadataOf(server), wireClient, authentication, parameters, options),
  );
  try {
    const fields = await jsonAnswer(response, task, 201);
    return { requestUri: requestUriOf(fields, task), lifetimeMs: lifetimeOf(fields, task) };
  } catch (error) {
    if (!isUnoffered(error, server, client)) throw error;
    return undefined;
  }
}

/** Some servers name the endpoint to everyone, and want every client there to authenticate. */
function isUnoffered(error: unknown, server: AuthorizationServer, client: ClientIdentity): boolean {
  return (
    server.pushedAuthorizationRequestRequired !== true &&
    isPublicClient(client) &&
    error instanceof ServerError &&
    (error.error === "invalid_client" || error.error === "unauthorized_client")
  );
}

function requestUriOf(fields: ReadonlyMap<string, unknown>, task: Task): string {
  const uri = fields.get("request_uri");
  // It is written into an address, and most servers take no longer ones than this.
  if (typeof uri === "string" && /^[\x21-\x7e]{1,2048}$/.test(uri) && URL.canParse(uri)) return uri;
  throw failure(task, "bad_response", "the answer's request_uri is not one");
}

function lifetimeOf(fields: ReadonlyMap<string, unknown>, task: Task): number {
  const value = fields.get("expires_in");
  const seconds = typeof value === "string" && /^\d{1,12}$/.test(value) ? Number(value) : value;
  if (typeof seconds === "number" && seconds > 0) return Math.min(seconds, longestSeconds) * 1000;
  throw failure(task, "bad_response", "the answer's expires_in is no lifetime");
}
