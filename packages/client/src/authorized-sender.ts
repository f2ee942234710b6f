import {
  abortable,
  AuthError,
  isAuthError,
  tell,
  type AccessToken,
  type OnEvent,
  type SignProof,
  type TokenSource,
} from "@org/auth-core";
import { discard } from "./discard.ts";
import { followRedirects, type Arrival } from "./follow-redirects.ts";
import { outgoing, requireReplayable, sendInTime, withBodyRead, type Outgoing, type OutgoingInit } from "./outgoing.ts";
import { replaceable, type OnStepUp } from "./replaceable-source.ts";
import { sendWithProof, type Nonces } from "./send-with-proof.ts";
import { noteSentCredential, type SentCredential } from "./sent-credential.ts";
import { shownUrl } from "./shown-url.ts";
import { tellRefusal } from "./tell-refusal.ts";
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
  /** Told of every token that is refused, or stays behind at a redirect. Default: nobody. */
  readonly onEvent?: OnEvent | undefined;
  /** The time in milliseconds since 1970. Default: `Date.now`. */
  readonly now?: (() => number) | undefined;
  /** The command that signs in anew where the source has found a login. Default: none is known. */
  readonly loginCommand?: (() => string | undefined) | undefined;
  /** More headers for requests to the allowed origins that have none of that name. Default: none. */
  readonly headers?: Headers | undefined;
}

/** What `authorizedFetch` does, with headers, and told of what it has sent. */
export function authorizedSender(
  source: TokenSource,
  { origins, auth = "required", fetch = globalThis.fetch, onStepUp, onEvent, ...options }: SenderOptions,
): (input: Parameters<typeof globalThis.fetch>[0], init?: OutgoingInit) => Promise<Response> {
  const allowed = new Set(origins.map(tokenOrigin));
  const added = [...(options.headers ?? [])];
  const nonces: Nonces = new Map();
  const tokens = replaceable(source, onStepUp, options.now);

  function send(request: Outgoing, token: AccessToken): Promise<Arrival> {
    authorize(request.headers, token);
    return followRedirects(token.proof === request.proof ? request : { ...request, proof: token.proof }, sendOnce);
  }

  function sendOnce(request: Outgoing): Promise<Response> {
    return request.proof === undefined ? sendInTime(request, fetch) : sendProven(request, request.proof);
  }

  function sendProven(request: Outgoing, proof: SignProof): Promise<Response> {
    return sendWithProof(request, proof, nonces, (proven) => sendInTime(proven, fetch));
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

  /** A redirect to another origin has left the token behind, for good. */
  function tellIfWithheld(from: URL, { url, headers }: Outgoing): void {
    if (url === from || headers.has("authorization")) return;
    tell(onEvent, { type: "token-withheld", origin: from.origin, to: url.origin });
  }

  async function sendUnauthorized(request: Outgoing, isOwn: boolean): Promise<Response> {
    return explained(await followRedirects(request, sendOnce), { kind: isOwn ? "own" : "none" });
  }

  /** What the caller has put into it is theirs to send there, and stays there as ours would. */
  async function sendForeign(request: Outgoing): Promise<Response> {
    return explained(await followRedirects(request, sendOnce), { kind: "own" });
  }

  /** An answer that is no success says what went with its request, so that an error can say what helps. */
  function explained({ response, request: { headers, url } }: Arrival, sent: AccessToken | SentCredential): Response {
    if (response.ok) return response;
    const isSent = headers.has("authorization") || ("kind" in sent && sent.kind === "none" && allowed.has(url.origin));
    if (!isSent) noteSentCredential(response, { kind: "withheld", to: url.origin });
    else if ("kind" in sent) noteSentCredential(response, sent);
    else {
      const { provenance, scopes } = sent;
      noteSentCredential(response, { kind: "token", provenance, scopes, loginCommand: options.loginCommand?.() });
    }
    return response;
  }

  /** What is done about a 401: the request goes once more, where there is a better token. */
  async function sendAgain(refused: Arrival, { token, stepsUp, signal, origin }: Sent): Promise<Response> {
    const { response, request } = refused;
    const refusal = { origin, token, response };
    try {
      const next = await tokens.replace(token, response, stepsUp, signal);
      if (next === undefined) {
        tellRefusal(onEvent, refusal, "kept");
        return explained(refused, token);
      }
      requireReplayable(request, "its token was refused (401), and has been replaced");
      discard(response);
      const again = await send(request, next);
      tokens.answered(response, again.response);
      tellRefusal(onEvent, refusal, isRefusal(again) ? "refused-again" : "replaced");
      tellIfWithheld(request.url, again.request);
      return explained(again, next);
    } catch (error) {
      discard(response);
      tellRefusal(onEvent, refusal, "failed", error);
      throw error;
    }
  }

  return async (input, init) => {
    const url = addressOf(input);
    // A blob: has the origin of whoever made it.
    const isAllowed = allowed.has(url.origin) && url.protocol.startsWith("http");
    if (isAllowed && url.search !== "" && url.searchParams.has("access_token")) {
      throw new AuthError("token_in_url", `${shownUrl(url)} was to be called with a token in its address`);
    }

    const taken = outgoing(url, input, init);
    const request = taken.isUnread ? await withBodyRead(taken) : taken;
    if (!isAllowed) return await sendForeign(request);
    const { headers, signal } = request;
    const isOwn = headers.has("authorization");
    for (const [name, value] of added) if (!headers.has(name)) headers.set(name, value);
    if (isOwn || auth === "none") return await sendUnauthorized(request, isOwn);
    const { stepsUp } = tokens;
    // A source of somebody's own may not heed its signal.
    const asked = auth === "optional" ? optionalToken(signal) : tokens.getToken({ signal });
    const token = await abortable(asked, signal);
    if (token === undefined) return await sendUnauthorized(request, isOwn);

    const arrival = await send(request, token);
    tellIfWithheld(url, arrival.request);
    return isRefusal(arrival)
      ? await sendAgain(arrival, { token, stepsUp, signal, origin: url.origin })
      : explained(arrival, token);
  };
}

/** What a request was sent with, and meant for. */
interface Sent {
  readonly token: AccessToken;
  /** How often a person had signed in anew when the token was got. */
  readonly stepsUp: number;
  readonly signal: AbortSignal | undefined;
  readonly origin: string;
}

/** Where a redirect has led away no token was sent, so none was refused. */
function isRefusal({ response, request }: Arrival): boolean {
  return response.status === 401 && request.headers.has("authorization");
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
