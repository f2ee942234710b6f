import { AuthError, isAuthError, type AccessToken, type SignProof, type TokenSource } from "@org/auth-core";
import { discard } from "./discard.ts";
import { followRedirects, type Arrival } from "./follow-redirects.ts";
import {
  outgoing,
  requireReplayable,
  sendOutgoing,
  withBodyRead,
  type Outgoing,
  type OutgoingInit,
} from "./outgoing.ts";
import { replaceable, type OnStepUp } from "./replaceable-source.ts";
import type { Nonces } from "./send-with-proof.ts";
import { shownUrl } from "./shown-url.ts";
import { tokenOrigin } from "./token-origin.ts";

export interface SenderOptions {
  /** Where tokens may go: origins (`https://api.example.com`), or URLs, of which only the origin counts. */
  readonly origins: readonly string[];
  /**
   * What a request does for which the source has no token (`no_credential`, or `login_required` for a login that has
   * ended): `required` rejects, `optional` sends it without one. With `none` no token is asked for. Default: `required`.
   */
  readonly auth?: "none" | "optional" | "required" | undefined;
  /** Carries the requests. Default: `globalThis.fetch`. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** Asks a person for a better sign-in, once for all requests that wait for it. Absent: such a 401 is the answer. */
  readonly onStepUp?: OnStepUp | undefined;
  /**
   * Told of an answer to a request that went to another origin than the allowed ones (`foreign`), or to one of them with
   * nothing in it that says whose it is. Default: nobody.
   */
  readonly onOther?: ((response: Response, kind: "anonymous" | "foreign") => void) | undefined;
  /** More headers for requests to the allowed origins that have none of that name. Default: none. */
  readonly headers?: Headers | undefined;
}

/** What `authorizedFetch` does, with headers, and told of what it has sent. */
export function authorizedSender(
  source: TokenSource,
  { origins, auth = "required", fetch = globalThis.fetch, onStepUp, onOther, headers: more }: SenderOptions,
): (input: Parameters<typeof globalThis.fetch>[0], init?: OutgoingInit) => Promise<Response> {
  const allowed = new Set(origins.map(tokenOrigin));
  const added = [...(more ?? [])];
  const nonces: Nonces = new Map();
  const tokens = replaceable(source, onStepUp);

  function send(request: Outgoing, token: AccessToken): Promise<Arrival> {
    authorize(request.headers, token);
    return followRedirects(token.proof === request.proof ? request : { ...request, proof: token.proof }, sendOnce);
  }

  function sendOnce(request: Outgoing): Promise<Response> {
    return request.proof === undefined ? sendOutgoing(request, fetch) : sendProven(request, request.proof);
  }

  async function sendProven(request: Outgoing, proof: SignProof): Promise<Response> {
    const { sendWithProof } = await import("./send-with-proof.ts");
    return await sendWithProof(request, proof, nonces, (proven) => sendOutgoing(proven, fetch));
  }

  async function optionalToken(signal: AbortSignal | undefined): Promise<AccessToken | undefined> {
    try {
      return await tokens.getToken({ signal });
    } catch (error) {
      const isNone = isAuthError(error) && (error.code === "no_credential" || error.code === "login_required");
      if (isNone) return undefined;
      throw error;
    }
  }

  async function sendUnauthorized(request: Outgoing, isOwn: boolean): Promise<Response> {
    const { response } = await followRedirects(request, sendOnce);
    if (!isOwn) onOther?.(response, "anonymous");
    return response;
  }

  async function sendForeign(...call: Parameters<typeof globalThis.fetch>): Promise<Response> {
    const response = await fetch(...call);
    onOther?.(response, "foreign");
    return response;
  }

  return async (input, init) => {
    const url = addressOf(input);
    if (!allowed.has(url.origin)) return await sendForeign(input, init);
    if (url.search !== "" && url.searchParams.has("access_token")) {
      throw new AuthError("token_in_url", `${shownUrl(url)} was to be called with a token in its address`);
    }

    const taken = outgoing(url, input, init);
    const request = taken.isUnread ? await withBodyRead(taken) : taken;
    const { headers, signal } = request;
    const isOwn = headers.has("authorization");
    for (const [name, value] of added) if (!headers.has(name)) headers.set(name, value);
    if (isOwn || auth === "none") return await sendUnauthorized(request, isOwn);
    const { stepsUp } = tokens;
    const token = auth === "optional" ? await optionalToken(signal) : await tokens.getToken({ signal });
    if (token === undefined) return await sendUnauthorized(request, isOwn);

    const { response, request: last } = await send(request, token);
    // Where a redirect has led away no token was sent, so none was refused.
    if (response.status !== 401 || !last.headers.has("authorization")) return response;
    let next: AccessToken | undefined;
    try {
      next = await tokens.replace(token, response, stepsUp, signal);
      if (next !== undefined) requireReplayable(last, "its token was refused (401), and has been replaced");
    } catch (error) {
      discard(response);
      throw error;
    }
    if (next === undefined) return response;
    discard(response);
    return (await send(last, next)).response;
  };
}

function authorize(headers: Headers, { value, provenance, proof }: AccessToken): void {
  try {
    headers.set("authorization", `${proof === undefined ? "Bearer" : "DPoP"} ${value}`);
  } catch {
    // The error it throws shows the value.
    const place = provenance?.name ?? "its source";
    throw new AuthError("config_invalid", `the token from ${place} has characters that no header can carry`);
  }
}

/** Where a request goes. The errors of `fetch` would show all of it. */
function addressOf(input: Parameters<typeof globalThis.fetch>[0]): URL {
  if (input instanceof Request) return new URL(input.url);
  // A browser has one, which addresses may be relative to.
  const { location } = globalThis as { readonly location?: { readonly href: string } };
  const url = URL.parse(String(input), location?.href);
  if (url === null) throw new TypeError("the request's address is none");
  if (url.username !== "" || url.password !== "") throw new TypeError("the request's address has a user name in it");
  return url;
}
