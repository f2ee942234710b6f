import { secureUrl, type AccessToken, type TokenSource } from "@org/auth-core";
import { followRedirects } from "./follow-redirects.ts";
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
 * - After a 401 the source is asked once more, naming the refused token. If it has another one the request is sent once
 *   more with that; one whose body is a stream cannot be, so the 401 is its answer.
 *
 * A body that is no stream is held in memory until its answer has come. Rejects as `fetch` does, with what the source
 * rejects with, and with an `AuthError` (`redirect_refused`). Throws `TypeError` at once when an origin is not `https:`,
 * nor `http:` on the loopback.
 *
 * @see [RFC 6750 section 2.1](https://www.rfc-editor.org/rfc/rfc6750#section-2.1)
 */
export function authorizedFetch(
  source: TokenSource,
  { origins, fetch = globalThis.fetch }: AuthorizedFetchOptions,
): typeof globalThis.fetch {
  const allowed = new Set(origins.map(originOf));

  function send(request: Outgoing, token: AccessToken): Promise<Response> {
    const headers = new Headers(request.headers);
    headers.set("authorization", `Bearer ${token.value}`);
    return followRedirects({ ...request, headers }, fetch);
  }

  return async (input, init) => {
    const asked = new Request(input, init);
    if (!allowed.has(new URL(asked.url).origin) || asked.headers.has("authorization")) return await fetch(asked);

    const { signal } = asked;
    const token = await source.getToken({ signal });
    const request = await outgoing(asked, init);
    const response = await send(request, token);
    if (response.status !== 401) return response;

    const next = await source.getToken({ signal, rejected: token });
    if (next.value === token.value || request.body instanceof ReadableStream) return response;
    await response.body?.cancel();
    return await send(request, next);
  };
}

function originOf(text: string): string {
  const url = secureUrl(text);
  if (url === undefined) throw new TypeError(`tokens may go to https: origins only, not to ${JSON.stringify(text)}`);
  return url.origin;
}
