import { randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { checkedProof } from "./checked-proof.ts";
import type { ActiveToken, Introspect } from "./introspection.ts";
import { startLoopbackServer, type LoopbackServer } from "./loopback-server.ts";

export interface ApiKeysOptions {
  /** Says what a login's token is worth: the authorization server's {@link Introspect}. */
  readonly introspect: Introspect;
  /** Default: 0, a free one. */
  readonly port?: number | undefined;
}

/**
 * A service on loopback that makes API keys for whoever brings a login's token, or a key made before, and redeems a
 * developer token:
 * - `POST /api-keys` with `{ name, scopes, tags, expires_at }` as JSON, all of it optional: 201 and
 *   `{ id, api_key, name, scopes, tags, created_at, expires_at }`. No other answer shows a key;
 * - `GET /api-keys`: 200 and `{ items: [...] }`, the keys of the same subject and client;
 * - `DELETE /api-keys/ID`: 204, or 404 when it is not one of these;
 * - `POST /developer-token` with {@link ApiKeys.developerToken} as the bearer: 200 and `{ access_token, expires_in }`.
 */
export interface ApiKeys extends LoopbackServer {
  readonly apiKeysUrl: string;
  /** A developer token, made at random, and where it is redeemed. */
  readonly developerToken: { readonly developerToken: string; readonly url: string };
  /**
   * Says what a token is worth, also when it was made here: give it to `startProtectedApi`, and that takes the keys and
   * what the developer token was redeemed for.
   */
  readonly introspect: Introspect;
}

/** A key that was made. */
interface MadeKey {
  readonly holder: ActiveToken;
  /** As the list shows it. */
  readonly shown: { readonly id: string; readonly expires_at?: string | undefined };
}

interface Reply {
  readonly status: number;
  readonly json?: object;
}

const developerTokenLifetimeMs = 3_600_000;

/** Starts an {@link ApiKeys}. */
export async function startApiKeys({ introspect: introspectLogin, port }: ApiKeysOptions): Promise<ApiKeys> {
  const keys = new Map<string, MadeKey>();
  const redeemed = new Map<string, number>();
  const developerToken = `fake-developer-token-${random()}`;

  const introspect: Introspect = async (token) => {
    const key = keys.get(token);
    const endsAtMs = key === undefined ? redeemed.get(token) : Date.parse(key.shown.expires_at ?? "9999-12-31");
    if (endsAtMs === undefined) return await introspectLogin(token);
    if (endsAtMs <= Date.now()) return { active: false };
    return key?.holder ?? { active: true, clientId: "developer-tokens", subject: "developer", scopes: [] };
  };

  function redeem(token: string): Reply {
    if (token !== developerToken) return { status: 401, json: { error: "invalid_token" } };
    const accessToken = `fake-redeemed-${random()}`;
    redeemed.set(accessToken, Date.now() + developerTokenLifetimeMs);
    return { status: 200, json: { access_token: accessToken, expires_in: developerTokenLifetimeMs / 1000 } };
  }

  function make({ clientId, subject, ...holder }: ActiveToken, wishes: Wishes | undefined): Reply {
    if (wishes === undefined) return { status: 400, json: { error: "invalid_request" } };
    const { name, scopes = holder.scopes, tags = [], expires_at } = wishes;
    const key = `fake-api-key-${random()}`;
    const shown = { id: random(), name, scopes, tags, created_at: new Date().toISOString(), expires_at };
    keys.set(key, { holder: { active: true, clientId, subject, scopes }, shown });
    return { status: 201, json: { ...shown, api_key: key } };
  }

  async function reply(request: IncomingMessage, body: Buffer): Promise<Reply> {
    const { method, headers } = request;
    const path = pathOf(request);
    const [, scheme = "", token = ""] = /^(Bearer|DPoP) +([\w.~+/-]+=*)$/i.exec(headers.authorization ?? "") ?? [];
    if (path === "/developer-token" && method === "POST") return redeem(token);

    const [, collection, id] = /^(\/api-keys)(?:\/([^/]+))?$/.exec(path) ?? [];
    if (collection === undefined) return { status: 404, json: { error: "not_found" } };
    const holder = await introspect(token);
    if (
      !holder.active ||
      !isShown(request, scheme, { url: server.origin + path, accessToken: token, jkt: holder.jkt })
    ) {
      return { status: 401, json: { error: "invalid_token" } };
    }

    const { clientId, subject } = holder;
    const own = [...keys].filter(([, key]) => key.holder.clientId === clientId && key.holder.subject === subject);
    if (id === undefined && method === "GET")
      return { status: 200, json: { items: own.map(([, { shown }]) => shown) } };
    if (id === undefined && method === "POST") {
      return make(holder, headers["content-type"] === "application/json" ? parsedObject(body.toString()) : undefined);
    }
    if (id === undefined || method !== "DELETE") return { status: 405, json: { error: "method_not_allowed" } };
    const revoked = own.find(([, { shown }]) => shown.id === id);
    if (revoked === undefined) return { status: 404, json: { error: "not_found" } };
    keys.delete(revoked[0]);
    return { status: 204 };
  }

  const server: LoopbackServer = await startLoopbackServer(
    () => async (request, response, body) => {
      const { status, json } = await reply(request, body);
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(json));
    },
    { port },
  );
  return {
    ...server,
    apiKeysUrl: `${server.origin}/api-keys`,
    developerToken: { developerToken, url: `${server.origin}/developer-token` },
    introspect,
  };
}

/** Whether a token that is bound to a key came with a proof (RFC 9449), and any other as a bearer token. */
function isShown(
  { method = "", headers }: IncomingMessage,
  scheme: string,
  { url, accessToken, jkt }: { readonly url: string; readonly accessToken: string; readonly jkt: string | undefined },
): boolean {
  if (jkt === undefined) return scheme.toLowerCase() === "bearer";
  const { fault } = checkedProof(headers["dpop"], { method, url, accessToken, jkt, nowMs: Date.now() });
  return scheme.toLowerCase() === "dpop" && fault === undefined;
}

/** What a new key is to be. */
interface Wishes {
  readonly name?: string;
  readonly scopes?: readonly string[];
  readonly tags?: readonly string[];
  readonly expires_at?: string;
}

function parsedObject(text: string): Wishes | undefined {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === "object" && json !== null && !Array.isArray(json) ? json : undefined;
  } catch {
    return undefined;
  }
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? "").replace(/\?.*/s, "");
}

function random(): string {
  return randomBytes(12).toString("base64url");
}
