import type { IncomingMessage, ServerResponse } from "node:http";
import type { Introspect } from "./introspection.ts";
import { startLoopbackServer, type LoopbackServer } from "./loopback-server.ts";

export interface ProtectedApiOptions {
  /** Says what a token is worth: the authorization server's {@link Introspect}. */
  readonly introspect: Introspect;
  /** Default: 0, a free one. */
  readonly port?: number | undefined;
}

/** What is kept of a request. */
export interface ApiRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly hasAuthorization: boolean;
  readonly body: string;
}

/**
 * An API on loopback that wants a bearer token (RFC 6750):
 * - `GET /v1/me`: who the token is for, as `{ subject, clientId, scopes }`;
 * - anything on or under `/v1/echo`: `{ method, path, headers, body }`, with the scheme alone of `authorization`;
 * - anything on `/redirect?to=URL&status=302`: that redirect (301, 302, 303, 307 or 308), with no token needed.
 *
 * Without a token, or with one that is dead or refused, `/v1` answers 401 with `WWW-Authenticate: Bearer`.
 */
export interface ProtectedApi extends LoopbackServer {
  /** The origin and `/v1`. */
  readonly baseUrl: string;
  /** Every request so far, in the order in which they came in. */
  readonly requests: readonly ApiRequest[];
  /** From now on this token gets a 401, however good it is. */
  refuse(accessToken: string): void;
  /** The next `count` requests to `/v1` get a 401, whatever they bring. */
  refuseNext(count: number): void;
}

/** Starts a {@link ProtectedApi}. */
export async function startProtectedApi({ introspect, port }: ProtectedApiOptions): Promise<ProtectedApi> {
  const requests: ApiRequest[] = [];
  const refused = new Set<string>();
  let refusalsLeft = 0;

  async function answer(request: IncomingMessage, response: ServerResponse, body: Buffer): Promise<void> {
    const { method = "", headers } = request;
    const url = new URL(`http://127.0.0.1${request.url ?? "/"}`);
    const path = url.pathname;
    requests.push({ method, path, hasAuthorization: headers.authorization !== undefined, body: body.toString() });

    if (path === "/redirect") {
      redirect(response, url.searchParams);
      return;
    }
    if (path !== "/v1" && !path.startsWith("/v1/")) {
      sendJson(response, 404, { error: "not_found" });
      return;
    }

    const token = bearerToken(headers.authorization);
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

    const { subject, clientId, scopes } = holder;
    if (path === "/v1/echo" || path.startsWith("/v1/echo/")) {
      const scheme = headers.authorization?.split(" ")[0];
      const sent = { method, path, headers: { ...headers, authorization: scheme }, body: body.toString() };
      sendJson(response, 200, sent);
    } else if (path === "/v1/me" && method === "GET") sendJson(response, 200, { subject, clientId, scopes });
    else sendJson(response, 404, { error: "not_found" });
  }

  const server = await startLoopbackServer(() => answer, { port });
  return {
    ...server,
    baseUrl: `${server.origin}/v1`,
    requests,
    refuse: (accessToken) => void refused.add(accessToken),
    refuseNext(count) {
      refusalsLeft = count;
    },
  };
}

function bearerToken(authorization: string | undefined): string | undefined {
  return /^Bearer +([\w.~+/-]+=*)$/i.exec(authorization ?? "")?.[1];
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
