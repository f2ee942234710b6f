import type { IncomingMessage, RequestListener, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { AuthError } from "@org/auth-core";
import { htmlPage, pageHeaders } from "./html-page.ts";
import { nodeProcess } from "./node-process.ts";
import { pageTrail, type PageAt, type Visitor } from "./page-trail.ts";

export interface LoopbackOptions {
  readonly host: string;
  readonly path: string;
  readonly ports: readonly number[];
  /** Whether these parameters answer our request. What does not is refused, and the waiting goes on. */
  isOurs(parameters: URLSearchParams): boolean;
  /** How long the browser may take to come for a page that it was sent on to, in milliseconds. Default: 5,000. */
  readonly nextPageMs?: number | undefined;
}

/** Receives one redirect of the browser, on this machine only. */
export interface LoopbackReceiver {
  readonly redirectUri: string;
  /** The one callback. The browser waits for its answer. */
  readonly callback: Promise<LoopbackCallback>;
  /** How many requests came to the redirect's path that were not ours. */
  refusedCount(): number;
  /** Frees the port and drops every connection. */
  close(): Promise<void>;
}

export interface LoopbackCallback {
  readonly parameters: URLSearchParams;
  /** Shows the browser the page for the redirect's path, as {@link PageTrail.show} does. */
  answer(pageAt: PageAt): Promise<void>;
}

/**
 * Listens for the redirect, on the first port of the list that is free; 0 lets the system choose one.
 *
 * Rejects with {@link AuthError}: `redirect_unavailable` when none is free or this runtime cannot listen, `config_invalid`
 * when `host` is not this machine or `path` is not a path.
 *
 * @see [RFC 8252 section 7.3](https://www.rfc-editor.org/rfc/rfc8252#section-7.3)
 */
export async function openLoopback(options: LoopbackOptions): Promise<LoopbackReceiver> {
  const { host, path, ports, isOurs, nextPageMs = 5000 } = options;
  const addresses = addressesOf.get(host);
  if (addresses === undefined) throw new AuthError("config_invalid", "the redirect's host is not this machine");
  if (URL.parse(path, "http://127.0.0.1")?.pathname !== path) {
    throw new AuthError("config_invalid", "the redirect's path is not a path, such as /callback");
  }
  const http = nodeProcess()?.getBuiltinModule?.("node:http");
  if (http === undefined) throw cannotListen();

  const { promise: callback, resolve } = Promise.withResolvers<LoopbackCallback>();
  const trail = pageTrail(nextPageMs);
  let origin = "";
  let refusedCount = 0;
  let isAnswered = false;

  const listener: RequestListener = (request, response) => {
    const target = request.url ?? "";
    const [requestPath, query = ""] = splitOnce(target, "?");
    const visitor: Visitor = { send: (page, headers) => send(response, page, headers) };
    const isOurName = target.startsWith("/") && `http://${request.headers.host ?? ""}` === origin;
    if (!isOurName || !isNavigation(request)) {
      // Another site's name that leads here, or a script on another site's page.
      void visitor.send(refusal(403, "Refused"));
    } else if (isAnswered ? !trail.leadsTo(target) : requestPath !== path) {
      void visitor.send(refusal(404, "Not found"));
    } else if (request.method !== "GET") {
      void visitor.send(refusal(405, "Method not allowed"), { allow: "GET" });
    } else if (isAnswered) {
      trail.arrive(visitor);
    } else {
      const parameters = new URLSearchParams(query);
      if (!isOurs(parameters)) {
        refusedCount++;
        void visitor.send(refusal(400, "This is not the sign-in that is waited for"));
        return;
      }
      isAnswered = true;
      resolve({ parameters, answer: (pageAt) => trail.show(visitor, new URL(path, origin), pageAt) });
    }
  };

  for (const port of ports) {
    // Of what has Node's modules not everything can be a server.
    const servers = await listen(http, addresses, port, listener).catch(() => Promise.reject(cannotListen()));
    const bound = servers?.[0]?.address() as AddressInfo | null | undefined;
    if (servers === undefined || bound === null || bound === undefined) continue;
    // A browser leaves the default port out of its Host header.
    origin = new URL(`http://${host}:${bound.port}`).origin;
    return {
      redirectUri: `http://${host}:${bound.port}${path}`,
      callback,
      refusedCount: () => refusedCount,
      close: () => {
        trail.end();
        return closeAll(servers);
      },
    };
  }
  const tried = ports.filter((port) => port !== 0).join(", ");
  throw new AuthError("redirect_unavailable", `no port of ${host} is free for the sign-in to come back to (${tried})`);
}

function cannotListen(): AuthError {
  return new AuthError("redirect_unavailable", "this runtime cannot listen for the sign-in to come back", {
    hint: "sign in by a code on another device",
  });
}

/** `localhost` is whichever of the two the browser tries, so both must be ours. */
const addressesOf: ReadonlyMap<string, readonly string[]> = new Map([
  ["127.0.0.1", ["127.0.0.1"]],
  ["[::1]", ["::1"]],
  ["localhost", ["127.0.0.1", "::1"]],
]);

/** Servers on one port of each address, or `undefined` when someone else has it on any. */
async function listen(
  { createServer }: typeof import("node:http"),
  addresses: readonly string[],
  wantedPort: number,
  listener: RequestListener,
): Promise<readonly Server[] | undefined> {
  const servers: Server[] = [];
  // Without a Host header is like with a wrong one: ours to refuse.
  const options = { connectionsCheckingInterval: 1000, requestTimeout: 10_000, requireHostHeader: false };
  let port = wantedPort;
  for (const address of addresses) {
    const server = createServer(options, listener);
    const error = await listenOn(server, address, port);
    if (error === undefined) {
      servers.push(server);
      port = (server.address() as AddressInfo).port;
      continue;
    }
    // Where there is no IPv6 nobody else can have that address either.
    if (servers.length > 0 && /^E(ADDRNOTAVAIL|AFNOSUPPORT)$/.test(error)) continue;
    await closeAll(servers);
    return undefined;
  }
  return servers;
}

function listenOn(server: Server, host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.name));
    server.listen({ host, port, exclusive: true }, () => resolve(undefined));
  });
}

async function closeAll(servers: readonly Server[]): Promise<void> {
  const closing = servers.map((server) => {
    const closed = new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
    server.closeAllConnections();
    return closed;
  });
  await Promise.all(closing);
}

async function send(
  response: ServerResponse,
  page: Response,
  headers: Readonly<Record<string, string>> = {},
): Promise<boolean> {
  const body = new Uint8Array(await page.arrayBuffer());
  if (response.destroyed) return false;
  await new Promise<void>((resolve) => {
    response.once("close", resolve);
    response.setHeaders(new Headers(pageHeaders));
    response.setHeaders(page.headers);
    response.setHeaders(new Headers({ ...headers, connection: "close", "content-length": String(body.byteLength) }));
    response.writeHead(page.status);
    response.end(body, resolve);
  });
  return response.writableFinished;
}

function refusal(status: number, title: string): Response {
  return htmlPage({ status, title, paragraphs: ["Nothing has changed."] });
}

/**
 * Whether a person's browser opens a page here, as far as it tells: not a script, a frame or an image of another page,
 * and not a guess ahead of the person.
 */
function isNavigation({ headers }: IncomingMessage): boolean {
  const { "sec-fetch-dest": destination, "sec-fetch-mode": mode, "sec-purpose": purpose, origin = "null" } = headers;
  // Browsers send both or, if they are old, none. A mode alone is from a program that uses Node's `fetch`.
  const isPage = destination === undefined || (destination === "document" && mode === "navigate");
  // A navigation that gets a page has no origin, but some browsers say `null` after a form that redirects.
  return isPage && origin === "null" && purpose === undefined;
}

function splitOnce(text: string, separator: string): readonly [string, string?] {
  const index = text.indexOf(separator);
  return index < 0 ? [text] : [text.slice(0, index), text.slice(index + 1)];
}
