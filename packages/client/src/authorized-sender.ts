import { abortable, AuthError, isAuthError, type AccessToken, type SignProof, type TokenSource } from "@org/auth-core";
import { discard } from "./discard.ts";
import { followRedirects, type Arrival } from "./follow-redirects.ts";
import { outgoing, requireReplayable, sendOutgoing, type Outgoing, type OutgoingInit } from "./outgoing.ts";
import type { Nonces } from "./send-with-proof.ts";
import { shownUrl } from "./shown-url.ts";
import type { StepUpChallenge } from "./step-up.ts";
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
  /**
   * Has a person sign in as an API wants it (RFC 9470), once for all requests that wait for it. It gives what makes the
   * better tokens from now on; nothing: the source that is there does. What it rejects with, requests reject with.
   * Absent: nobody can be asked, so that 401 is the answer.
   */
  readonly onStepUp?: ((challenge: StepUpChallenge) => Promise<TokenSource | undefined | void>) | undefined;
  /** More headers for requests to the allowed origins that have none of that name. Default: none. */
  readonly headers?: Headers | undefined;
}

/** An answer. */
export interface Sent {
  readonly response: Response;
  /** The request went to an allowed origin with nothing in it that says whose it is. */
  readonly isAnonymous: boolean;
  /** It went to another origin than the allowed ones. */
  readonly isForeign: boolean;
}

/** What `authorizedFetch` does, told with what has been sent. */
export function authorizedSender(
  firstSource: TokenSource,
  { origins, auth = "required", fetch = globalThis.fetch, onStepUp, headers: more }: SenderOptions,
): (input: Parameters<typeof globalThis.fetch>[0], init?: OutgoingInit) => Promise<Sent> {
  const allowed = new Set(origins.map(tokenOrigin));
  const added = [...(more ?? [])];
  const nonces: Nonces = new Map();
  let source = firstSource;
  let steppingUp: Promise<void> | undefined;
  let stepsUp = 0;

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

  async function tokenFor({ signal, headers }: Outgoing): Promise<AccessToken | undefined> {
    if (auth === "none" || headers.has("authorization")) return undefined;
    try {
      return await source.getToken({ signal });
    } catch (error) {
      const isNone = isAuthError(error) && (error.code === "no_credential" || error.code === "login_required");
      if (auth === "optional" && isNone) return undefined;
      throw error;
    }
  }

  /**
   * The token to send instead of one that was refused, which was got after so many steps up. `undefined`: none would do
   * better.
   */
  async function nextToken(
    response: Response,
    token: AccessToken,
    stepsBefore: number,
    signal: AbortSignal | undefined,
  ): Promise<AccessToken | undefined> {
    if (response.headers.has("www-authenticate")) {
      const [{ challengesOf }, { stepUpOf }, { isProofRefused }] = await Promise.all([
        import("./challenge.ts"),
        import("./step-up.ts"),
        import("./send-with-proof.ts"),
      ]);
      if (token.proof !== undefined && isProofRefused(response)) return undefined;
      const challenge = stepUpOf(challengesOf(response));
      if (challenge !== undefined) {
        if (onStepUp === undefined) return undefined;
        // Someone may have signed in since this request went out.
        if (stepsUp === stepsBefore) {
          steppingUp ??= stepUp(onStepUp, challenge).finally(() => {
            steppingUp = undefined;
          });
          await abortable(steppingUp, signal);
        }
      }
    }
    const next = await source.getToken({ signal, rejected: token });
    return next.value === token.value ? undefined : next;
  }

  async function stepUp(ask: NonNullable<typeof onStepUp>, challenge: StepUpChallenge): Promise<void> {
    source = (await ask(challenge)) ?? source;
    stepsUp++;
  }

  return async (input, init) => {
    const url = addressOf(input);
    if (!allowed.has(url.origin)) return { response: await fetch(input, init), isAnonymous: false, isForeign: true };
    if (url.search !== "" && url.searchParams.has("access_token")) {
      throw new AuthError("token_in_url", `${shownUrl(url)} was to be called with a token in its address`);
    }

    const request = await outgoing(url, input, init);
    const isOwn = request.headers.has("authorization");
    for (const [name, value] of added) if (!request.headers.has(name)) request.headers.set(name, value);
    const stepsBefore = stepsUp;
    const token = await tokenFor(request);
    if (token === undefined) {
      const { response } = await followRedirects(request, sendOnce);
      return { response, isAnonymous: !isOwn, isForeign: false };
    }

    const sent = { isAnonymous: false, isForeign: false };
    const { response, request: last } = await send(request, token);
    // Where a redirect has led away no token was sent, so none was refused.
    if (response.status !== 401 || !last.headers.has("authorization")) return { response, ...sent };
    let next: AccessToken | undefined;
    try {
      next = await nextToken(response, token, stepsBefore, request.signal);
      if (next !== undefined) requireReplayable(last, "its token was refused (401), and has been replaced");
    } catch (error) {
      discard(response);
      throw error;
    }
    if (next === undefined) return { response, ...sent };
    discard(response);
    return { response: (await send(last, next)).response, ...sent };
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
