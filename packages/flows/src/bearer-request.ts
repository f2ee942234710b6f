import { AuthError, type AccessToken } from "@org/auth-core";
import { customFetch, protectedResourceRequest } from "oauth4webapi";
import { exchange, type HttpOptions } from "./http.ts";
import { failure, type Task } from "./translate-error.ts";

export interface BearerRequest {
  readonly method: "DELETE" | "GET" | "POST";
  /** What goes into `Authorization`. */
  readonly token: Pick<AccessToken, "proof" | "value">;
  /** More headers. They cannot replace what the request itself sends. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Sent as JSON. Absent: there is no body. */
  readonly json?: object | undefined;
}

/**
 * Sends one request that carries a token, to an address that has been checked, in the bounds of {@link exchange}: once
 * more where the token is bound to a key and the proof has to have a nonce. The answer may have any status.
 *
 * @see [RFC 6750 section 2.1](https://www.rfc-editor.org/rfc/rfc6750#section-2.1)
 */
export async function bearerRequest(
  task: Task,
  url: URL,
  { method, token, headers, json }: BearerRequest,
  http: HttpOptions,
): Promise<Response> {
  // Else the error would be about the header, with the token in it.
  if (!/^[\x21-\x7e]+$/.test(token.value)) {
    throw failure(task, "config_invalid", "the token has characters in it that no token has");
  }
  const sent = sendable(headers);
  sent.delete("authorization");
  sent.set("accept", "application/json");
  if (json !== undefined) sent.set("content-type", "application/json");
  const body = json === undefined ? undefined : JSON.stringify(json);

  const send = async (nonce?: string): Promise<Response> => {
    if (token.proof !== undefined) sent.set("dpop", await token.proof({ method, url: url.href, nonce }));
    return await exchange(task, url.href, http, (options) =>
      protectedResourceRequest(token.value, method, url, sent, body, {
        ...options,
        [customFetch]: (address, init) => options[customFetch](address, { ...init, body }),
      }),
    );
  };
  const response = await send();
  const nonce = response.headers.get("dpop-nonce");
  // RFC 9449 section 9: it has done nothing yet, and wants this in the proof.
  return response.status === 401 && nonce !== null && token.proof !== undefined ? await send(nonce) : response;
}

function sendable(headers: Readonly<Record<string, string>> = {}): Headers {
  try {
    return new Headers(headers);
  } catch {
    // What is thrown quotes the value.
    throw new AuthError("config_invalid", "an extra header has a name or a value that cannot be sent");
  }
}
