import type { AccessToken, AuthorizationServer } from "@org/auth-core";
import { apiAnswer } from "./api-answer.ts";
import { bearerRequest } from "./bearer-request.ts";
import type { HttpOptions } from "./http.ts";
import { fieldsOf } from "./json-answer.ts";
import { endpointOf } from "./server.ts";
import { failure } from "./translate-error.ts";

/** Who a token is for, as the server tells it. What people write themselves; show it by `printable`. */
export interface Userinfo {
  /** The `sub` claim. */
  readonly subject: string;
  /** `preferred_username`. Absent: not told, as with the others. */
  readonly username?: string | undefined;
  readonly email?: string | undefined;
  /** `name`, else `given_name` and `family_name`. */
  readonly name?: string | undefined;
}

/**
 * Asks the server whom a token is for, with one request. The token has to be good for `openid`.
 *
 * Rejects with {@link AuthError}: `unsupported_by_server` when there is nothing to ask, `access_denied` when the token is
 * not for this, `bad_response`, `server_error`, `server_unavailable`, `network`, `timeout`.
 *
 * @see [OpenID Connect Core section 5.3](https://openid.net/specs/openid-connect-core-1_0.html#UserInfo)
 */
export async function userinfo(
  server: AuthorizationServer,
  token: AccessToken,
  http: HttpOptions = {},
): Promise<Userinfo> {
  const url = new URL(endpointOf(server, "userinfoEndpoint"));
  const task = {
    doing: "asking who has signed in",
    issuer: server.issuer,
    deniedHint: "sign in with the scope openid",
  };
  const response = await bearerRequest(task, url, { method: "GET", token }, http);
  const fields = fieldsOf(await apiAnswer(response, task, 200));
  const text = (name: string): string | undefined => {
    const value = fields?.get(name);
    return typeof value === "string" && value !== "" && value.length <= 255 ? value : undefined;
  };
  const subject = text("sub");
  if (subject === undefined) throw failure(task, "bad_response", "the answer does not say who it is");
  const parts = [text("given_name"), text("family_name")].filter((part) => part !== undefined);
  return {
    subject,
    username: text("preferred_username"),
    email: text("email"),
    name: text("name") ?? (parts.length === 0 ? undefined : parts.join(" ")),
  };
}
