import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { AuthError } from "@org/auth-core";
import { pageHeaders, refusedPage, renderPage, type LandingPage } from "./landing-page.ts";

export interface LoopbackOptions {
  readonly host: string;
  readonly path: string;
  readonly ports: readonly number[];
  /** Whether these parameters answer our request. What does not is refused, and the waiting goes on. */
  isOurs(parameters: URLSearchParams): boolean;
}

/** Receives one redirect of the browser, on this machine only. */
export interface LoopbackReceiver {
  readonly redirectUri: string;
  /** The one callback. The browser waits for its answer. */
  readonly callback: Promise<LoopbackCallback>;
  /** Frees the port and drops every connection. */
  close(): Promise<void>;
}

export interface LoopbackCallback {
  readonly parameters: URLSearchParams;
  /** Shows the browser how it ended. Never rejects: the browser may be gone. */
  answer(page: LandingPage): Promise<void>;
}

/**
 * Listens for the redirect, on the first port of the list that is free; 0 lets the system choose one.
 *
 * Rejects with {@link AuthError}: `redirect_unavailable` when none is free, `config_invalid` when `host` is not this
 * machine or `path` is not a path.
 *
 * @see [RFC 8252 section 7.3](https://www.rfc-editor.org/rfc/rfc8252#section-7.3)
 */
export async function openLoopback({ host, path, ports, isOurs }: LoopbackOptions): Promise<LoopbackReceiver> {
  const addresses = addressesOf.get(host);
  if (addresses === undefined) throw new AuthError("config_invalid", "the redirect's host is not this machine");
  if (URL.parse(path, "http://127.0.0.1")?.pathname !== path) {
    throw new AuthError("config_invalid", "the redirect's path is not a path, such as /callback");
  }

  const { promise: callback, resolve } = Promise.withResolvers<LoopbackCallback>();
  let isAnswered = false;
  let origin = "";

  const listener: RequestListener = (request, response) => {
    const target = request.url ?? "";
    const [requestPath, query = ""] = splitOnce(target, "?");
    if (`http://${request.headers.host ?? ""}` !== origin || !isNavigation(request)) {
      // Another site's name that leads here, or a script on another site's page.
      void send(response, refusedPage(403, "Refused"));
    } else if (requestPath !== path || isAnswered) {
      void send(response, refusedPage(404, "Not found"));
    } else if (request.method !== "GET") {
      void send(response, refusedPage(405, "Method not allowed"), { allow: "GET" });
    } else {
      const parameters = new URLSearchParams(query);
      if (!isOurs(parameters)) {
        void send(response, refusedPage(400, "This is not the sign-in that is waited for"));
        return;
      }
      isAnswered = true;
      resolve({ parameters, answer: (page) => send(response, page) });
    }
  };

  for (const port of ports) {
    const servers = await listen(addresses, port, listener);
    const bound = servers?.[0]?.address() as AddressInfo | null | undefined;
    if (servers === undefined || bound === null || bound === undefined) continue;
    // A browser leaves the default port out of its Host header.
    origin = new URL(`http://${host}:${bound.port}`).origin;
    return { redirectUri: `http://${host}:${bound.port}${path}`, callback, close: () => closeAll(servers) };
  }
  const tried = ports.filter((port) => port !== 0).join(", ");
  throw new AuthError("redirect_unavailable", `no port of ${host} is free for the sign-in to come back to (${tried})`);
}

/** `localhost` is whichever of the two the browser tries, so both must be ours. */
const addressesOf: ReadonlyMap<string, readonly string[]> = new Map([
  ["127.0.0.1", ["127.0.0.1"]],
  ["[::1]", ["::1"]],
  ["localhost", ["127.0.0.1", "::1"]],
]);

/** Servers on one port of each address, or `undefined` when someone else has it on any. */
async function listen(
  addresses: readonly string[],
  wantedPort: number,
  listener: RequestListener,
): Promise<readonly Server[] | undefined> {
  const servers: Server[] = [];
  let port = wantedPort;
  for (const address of addresses) {
    const server = createServer({ connectionsCheckingInterval: 1000, requestTimeout: 10_000 }, listener);
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

function send(
  response: ServerResponse,
  page: LandingPage,
  headers: Readonly<Record<string, string>> = {},
): Promise<void> {
  return new Promise((resolve) => {
    // The browser may have left, or leave now.
    if (response.destroyed) resolve();
    response.once("close", resolve);
    response.writeHead(page.status, { ...pageHeaders, ...headers });
    response.end(renderPage(page), resolve);
  });
}

/**
 * Whether a person's browser opens a page here, as far as it tells: not a script, a frame or an image of another page,
 * and not a guess ahead of the person.
 */
function isNavigation({ headers }: IncomingMessage): boolean {
  const destination = headers["sec-fetch-dest"];
  return (destination === undefined || destination === "document") && headers["sec-purpose"] === undefined;
}

function splitOnce(text: string, separator: string): readonly [string, string?] {
  const index = text.indexOf(separator);
  return index < 0 ? [text] : [text.slice(0, index), text.slice(index + 1)];
}
