import { AuthError } from "@org/auth-core";
import { discard } from "./discard.ts";
import { sentElsewhere, type Outgoing } from "./outgoing.ts";
import { shownUrl } from "./shown-url.ts";

/** Where a request has led. */
export interface Arrival {
  readonly response: Response;
  /** What this is the answer to: the last of the requests. */
  readonly request: Outgoing;
}

/** As many as any honest API needs. */
const mostHops = 5;

const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** What describes a body, and goes when the body does. */
const bodyHeaders = ["content-encoding", "content-language", "content-length", "content-location", "content-type"];

/** What may cross to another origin: nothing a caller could have put a secret in. */
const harmlessHeaders: ReadonlySet<string> = new Set(["accept", "accept-language"]);

/**
 * Sends a request by `send`, which follows none itself, and follows redirects as `fetch` does, but keeps what was meant
 * for one origin there: on the way to another one all headers but the harmless ones go, and what signs proofs, for good,
 * even if the way leads back.
 *
 * Rejects with {@link AuthError} (`redirect_refused`) after five hops, where a body would have to go to another origin, and
 * where the new address is none, is not `https:` any more, or carries a user name. `send` does so where the body is a
 * stream.
 *
 * @see [Fetch, HTTP-redirect fetch](https://fetch.spec.whatwg.org/#http-redirect-fetch)
 */
export function followRedirects(request: Outgoing, send: (request: Outgoing) => Promise<Response>): Promise<Arrival> {
  // Most lead nowhere else, and are spared the wait of an async function.
  return send(request).then((response) =>
    request.redirect === "follow" && isRedirect(response) ? follow({ response, request }, send) : { response, request },
  );
}

function isRedirect({ type, status, headers }: Response): boolean {
  return type === "opaqueredirect" || (redirects.has(status) && headers.has("location"));
}

async function follow(first: Arrival, send: (request: Outgoing) => Promise<Response>): Promise<Arrival> {
  let { response, request } = first;
  for (let hops = 0; isRedirect(response); hops++) {
    const location = response.headers.get("location");
    if (location === null) throw refused(request.url, "to where this runtime does not say");
    discard(response);
    if (hops === mostHops) throw refused(request.url, `more than ${String(mostHops)} times`);
    request = redirected(request, response.status, location);
    response = await send(request);
    // As fetch says it of what it has followed.
    Object.defineProperty(response, "redirected", { value: true, configurable: true });
  }
  return { response, request };
}

function redirected(from: Outgoing, status: number, location: string): Outgoing {
  // Headers are read byte by byte, but servers that write more than ASCII write UTF-8.
  const text = new TextDecoder().decode(Uint8Array.from(location, (byte) => byte.charCodeAt(0)));
  const url = URL.parse(text, from.url.href);
  if (url === null) throw refused(from.url, "to no address");
  const isDowngrade = from.url.protocol === "https:" && url.protocol !== "https:";
  if (isDowngrade || !/^https?:$/.test(url.protocol)) throw refused(from.url, "to an address that is not https:");
  if (url.username !== "" || url.password !== "") throw refused(from.url, "to an address with a user name");

  const isSameOrigin = url.origin === from.url.origin;
  const becomesGet = (status === 303 && !/^(GET|HEAD)$/.test(from.method)) || (status < 303 && from.method === "POST");
  const body = (becomesGet ? undefined : from.body) ?? null;
  if (body !== null && !isSameOrigin) throw refused(from.url, `with its body to ${url.origin}`);

  const headers = new Headers(from.headers);
  if (becomesGet) for (const name of bodyHeaders) headers.delete(name);
  if (!isSameOrigin) for (const name of [...headers.keys()]) if (!harmlessHeaders.has(name)) headers.delete(name);
  const proof = isSameOrigin ? from.proof : undefined;
  return sentElsewhere(from, { url, method: becomesGet ? "GET" : from.method, headers, body, proof });
}

function refused(url: URL, why: string): AuthError {
  return new AuthError("redirect_refused", `${shownUrl(url)} redirects ${why}`);
}
