import type { AuthorizationServer } from "@org/auth-core";
import { validateAuthResponse } from "oauth4webapi";
import type { ClientIdentity } from "./client-auth.ts";
import { metadataOf } from "./server.ts";
import { failure, translateError, type Task } from "./translate-error.ts";

/**
 * What the browser came back with, if it is this server's answer and no error. Throws {@link AuthError}
 * `issuer_mismatch` when another server may have given it: its code must go nowhere.
 *
 * @see [RFC 9207 section 2.4](https://www.rfc-editor.org/rfc/rfc9207#section-2.4)
 */
export function checkedCallback(
  parameters: URLSearchParams,
  server: AuthorizationServer,
  client: ClientIdentity,
  state: string,
  task: Task,
): URLSearchParams {
  // oauth4webapi checks it again, but does not tell this failure from others.
  const [iss, ...more] = parameters.getAll("iss");
  if (more.length > 0 || (iss === undefined ? server.issParameterSupported : iss !== server.issuer)) {
    throw failure(task, "issuer_mismatch", "the browser came back with another issuer's answer, or with nobody's");
  }
  if (parameters.has("access_token")) throw failure(task, "bad_response", "the browser came back with a token");
  try {
    return validateAuthResponse(metadataOf(server), { client_id: client.clientId }, parameters, state);
  } catch (error) {
    throw translateError(error, task);
  }
}
