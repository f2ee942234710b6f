import type { IncomingMessage, ServerResponse } from "node:http";
import { checkedProof } from "./checked-proof.ts";
import type { ActiveToken, Introspect } from "./introspection.ts";
import { startLoopbackServer, type LoopbackServer } from "./loopback-server.ts";

export interface ProtectedApiOptions {
  /** Says what a token is worth: the authorization server's {@link Introspect}. */
  readonly introspect: Introspect;
  /** Default: 0, a free one. */
  readonly port?: number | undefined;
}

/**
 * An API on loopback that wants a bearer token (RFC 6750), or, of a token that is bound to a key, a proof as well (RFC 9449):
 * - `GET /v1/me`: who the token is for, as `{ subject, clientId, scopes }`;
 * - anything on or under `/v1/echo`: `{ method, path, headers, body }`, with the scheme alone of `authorization`;
 * - anything on `/redirect?to=URL&status=302`: that redirect (301, 302, 303, 307 or 308), with no token needed.
 *
 * Without a token, or with one that is dead or refused, `/v1` answers 401 with `WWW-Authenticate: Bearer`; where there is
 * something wrong with a proof, it is `WWW-Authenticate: DPoP`. A proof is good once, for a minute.
 */
export interface ProtectedApi extends LoopbackServer {
  /** The origin and `/v1`. */
  readonly baseUrl: string;
  /** From now on this token gets a 401, however good it is. */
  refuse(accessToken: string): void;
  /** The next `count` requests to `/v1` get a 401, whatever they bring. */
  refuseNext(count: number): void;
  /**
   * How people have to have signed in from now on, for `/v1`; whoever has not is told, by
   * `insufficient_user_authentication` (RFC 9470). Assign it. Default: `undefined`, in whatever way.
   */
  stepUp: RequiredSignIn | undefined;
  /** What each proof has to have from now on; whoever has not is told. Assign it. Default: `undefined`, nothing. */
  dpopNonce: string | undefined;
}

/** How a {@link ProtectedApi} wants a person to have signed in. */
export interface RequiredSignIn {
  /** By one of these. Absent: by whatever. */
  readonly acrValues?: readonly string[] | undefined;
  /** Not longer ago. Absent: whenever. */
  readonly maxAgeSeconds?: number | undefined;
}

/** Starts a {@link ProtectedApi}. */
export async function startProtectedApi({ introspect, port }: ProtectedApiOptions): Promise<ProtectedApi> {
  const refused = new Set<string>();
  const seenProofs = new Set<string>();
  let refusalsLeft = 0;
  let dpopNonce: string | undefined;
  let stepUp: RequiredSignIn | undefined;

  /** What a challenge says of a proof that does not hold. */
  function faultOfProof(
    { method = "", headers }: IncomingMessage,
    path: string,
    accessToken: string,
    jkt: string,
  ): string | undefined {
    const proven = { method, url: server.origin + path, accessToken, jkt, nowMs: Date.now() };
    const proof = checkedProof(headers["dpop"], proven);
    if (proof.fault !== undefined || seenProofs.has(proof.jti)) {
      return `error="invalid_dpop_proof", error_description="${proof.fault ?? "the proof was here before"}"`;
    }
    if (dpopNonce !== undefined && proof.nonce !== dpopNonce) return 'error="use_dpop_nonce"';
    seenProofs.add(proof.jti);
    return undefined;
  }

  async function answer(request: IncomingMessage, response: ServerResponse, body: Buffer): Promise<void> {
    const { method = "", headers } = request;
    const url = new URL(`http://127.0.0.1${request.url ?? "/"}`);
    const path = url.pathname;

    if (path === "/redirect") {
      redirect(response, url.searchParams);
      return;
    }
    if (path !== "/v1" && !path.startsWith("/v1/")) {
      sendJson(response, 404, { error: "not_found" });
      return;
    }

    const { scheme, token } = authorizationOf(request);
    const isRefusedAnyway = refusalsLeft > 0;
    if (isRefusedAnyway) refusalsLeft--;
    if (token === undefined) {
      // RFC 6750 section 3.1: who brings no token is told no error.
      refuse(response, "Bearer");
      return;
    }
    const holder = isRefusedAnyway || refused.has(token) ? undefined : await introspect(token);
    if (holder?.active !== true) {
      refuse(response, 'Bearer error="invalid_token", error_description="the token is dead"');
      return;
    }

    const { subject, clientId, scopes, jkt } = holder;
    if ((scheme === "dpop") !== (jkt !== undefined)) {
      refuse(response, 'DPoP error="invalid_token", error_description="the token is of the other kind"');
      return;
    }
    const fault = jkt === undefined ? undefined : faultOfProof(request, path, token, jkt);
    if (fault !== undefined) {
      if (dpopNonce !== undefined) response.setHeader("dpop-nonce", dpopNonce);
      refuse(response, `DPoP ${fault}`);
      return;
    }

    if (stepUp !== undefined && !isSignedInAs(holder, stepUp)) {
      refuse(response, stepUpChallenge(stepUp));
      return;
    }

    if (path === "/v1/echo" || path.startsWith("/v1/echo/")) {
      const authorization = headers.authorization?.split(" ")[0];
      const sent = { method, path, headers: { ...headers, authorization }, body: body.toString() };
      sendJson(response, 200, sent);
    } else if (path === "/v1/me" && method === "GET") sendJson(response, 200, { subject, clientId, scopes });
    else sendJson(response, 404, { error: "not_found" });
  }

  const server: LoopbackServer = await startLoopbackServer(() => answer, { port });
  return {
    ...server,
    baseUrl: `${server.origin}/v1`,
    refuse: (accessToken) => void refused.add(accessToken),
    refuseNext(count) {
      refusalsLeft = count;
    },
    get stepUp() {
      return stepUp;
    },
    set stepUp(required) {
      stepUp = required;
    },
    get dpopNonce() {
      return dpopNonce;
    },
    set dpopNonce(nonce) {
      dpopNonce = nonce;
    },
  };
}

function authorizationOf({ headers }: IncomingMessage): { readonly scheme?: string; readonly token?: string } {
  const [, scheme, token] = /^(Bearer|DPoP) +([\w.~+/-]+=*)$/i.exec(headers.authorization ?? "") ?? [];
  return scheme === undefined || token === undefined ? {} : { scheme: scheme.toLowerCase(), token };
}

function isSignedInAs(
  { acr = "", authenticatedAtMs = -Infinity }: ActiveToken,
  { acrValues = [acr], maxAgeSeconds = Infinity }: RequiredSignIn,
): boolean {
  // The sign-in's second has begun by then, and may have ended.
  return acrValues.includes(acr) && (Date.now() - authenticatedAtMs) / 1000 <= maxAgeSeconds + 1;
}

function stepUpChallenge({ acrValues, maxAgeSeconds }: RequiredSignIn): string {
  const acr = acrValues === undefined ? "" : `, acr_values="${acrValues.join(" ")}"`;
  const maxAge = maxAgeSeconds === undefined ? "" : `, max_age=${maxAgeSeconds}`;
  return `Bearer error="insufficient_user_authentication"${acr}${maxAge}`;
}

function refuse(response: ServerResponse, challenge: string): void {
  response.setHeader("www-authenticate", challenge);
  sendJson(response, 401, { error: "unauthorized" });
}

function redirect(response: ServerResponse, query: URLSearchParams): void {
  const status = Number(query.get("status") ?? 302);
  const to = query.get("to");
  if (to === null || ![301, 302, 303, 307, 308].includes(status)) sendJson(response, 400, { error: "bad_redirect" });
  else response.writeHead(status, { location: to }).end();
}

function sendJson(response: ServerResponse, status: number, content: object): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(content));
}
