import { AuthError, secureUrl, type AccessToken, type TokenSource } from "@org/auth-core";
import { discard } from "./discard.ts";
import { followRedirects, type Arrival } from "./follow-redirects.ts";
import { outgoing, type Outgoing } from "./outgoing.ts";

export interface AuthorizedFetchOptions {
  /** Where tokens may go: origins (`https://api.example.com`), or URLs, of which only the origin counts. */
  readonly origins: readonly string[];
  /** Carries the requests. Default: `globalThis.fetch`. */
  readonly fetch?: typeof globalThis.fetch | undefined;
}

/**
 * A `fetch` that sends `Authorization: Bearer …` with a token of `source`, asked for anew for each request, to the
 * allowed origins and nowhere else. For anything that accepts a `fetch`.
 *
 * - A request to another origin, or with an `Authorization` of its own, goes out as it is, and no token is asked for.
 * - Redirects are followed by our own rule: nothing that was meant for one origin reaches another.
 * - After a 401 to a request that carried the token, the source is asked once more, naming the refused token. If it has
 *   another one that request is sent once more; one whose body is a stream cannot be, so the 401 is its answer.
 *
 * A body that is no stream, and any that comes in a `Request`, is held in memory until its answer has come. Rejects as
 * `fetch` does, with what the source rejects with, and with an `AuthError`: `redirect_refused`, or `config_invalid` for a
 * token that no header can carry. Throws `TypeError` at once when an origin is not `https:`, nor `http:` on the loopback.
 *
 * @see [RFC 6750 section 2.1](https://www.rfc-editor.org/rfc/rfc6750#section-2.1)
 */
export function authorizedFetch(
  source: TokenSource,
  { origins, fetch = globalThis.fetch }: AuthorizedFetchOptions,
): typeof globalThis.fetch {
  const allowed = new Set(origins.map(originOf));

  async function send(request: Outgoing, token: AccessToken): Promise<Arrival> {
    const headers = new Headers(request.headers);
    authorize(headers, token);
    return await followRedirects({ ...request, headers }, fetch);
  }

  return async (input, init) => {
    const given = input instanceof Request ? input : undefined;
    // Looked at without its body, which can be taken only once.
    const { url, headers } = new Request(given?.url ?? input, { headers: init?.headers ?? given?.headers ?? {} });
    if (!allowed.has(new URL(url).origin) || headers.has("authorization")) return await fetch(input, init);

    const asked = new Request(input, init);
    // Not the signal of `asked`, which does not abort any more once that has been garbage-collected.
    const signal = init?.signal ?? given?.signal;
    const token = await source.getToken({ signal });
    const { response, request } = await send(await outgoing(asked, init, signal), token);
    // Where a redirect has led away no token was sent, so none was refused.
    if (response.status !== 401 || !request.headers.has("authorization")) return response;

    let next: AccessToken;
    try {
      next = await source.getToken({ signal, rejected: token });
    } catch (error) {
      discard(response);
      throw error;
    }
    if (next.value === token.value || request.body instanceof ReadableStream) return response;
    discard(response);
    return (await send(request, next)).response;
  };
}

function authorize(headers: Headers, { value, provenance }: AccessToken): void {
  try {
    headers.set("authorization", `Bearer ${value}`);
  } catch {
    // The error it throws shows the value.
    const place = provenance?.name ?? "its source";
    throw new AuthError("config_invalid", `the token from ${place} has characters that no header can carry`);
  }
}

function originOf(text: string): string {
  const url = secureUrl(text);
  if (url !== undefined) return url.origin;
  // No more than the origin is shown: a user name comes with a password.
  const shown = URL.parse(text)?.origin ?? "what is no address";
  throw new TypeError(`tokens may go to https: addresses without a user name only, not to ${shown}`);
}
