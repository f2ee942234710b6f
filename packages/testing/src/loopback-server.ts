import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { answerFaults, type Preparation } from "./answer-faults.ts";
import { recordedRequest, type RecordedRequest } from "./recorded-request.ts";
import type { RequestFault } from "./request-fault.ts";

/** A plain HTTP server on 127.0.0.1. */
export interface LoopbackServer extends AsyncDisposable {
  /** Such as `http://127.0.0.1:49152`. */
  readonly origin: string;
  /** Every request so far, in the order in which they came in. */
  readonly requests: readonly RecordedRequest[];
  /** The next request to a path, or a URL, meets `fault`; calling it again is for the one after that. */
  failNext(path: string, fault: RequestFault): void;
  /** Ends every connection, also those in use, and resolves when the port is free. Calling it again is harmless. */
  close(): Promise<void>;
}

/** Answers one request, whose body has been read whole. What it throws becomes a 500. */
export type Answer = (request: IncomingMessage, response: ServerResponse, body: Buffer) => void | Promise<void>;

export interface LoopbackServerOptions {
  /** Default: 0, a free one. */
  readonly port?: number | undefined;
  /** What becomes of requests to a path that no other fault waits for. Default: they are answered. */
  readonly standingFault?: ((path: string) => RequestFault | undefined) | undefined;
}

/**
 * Listens on 127.0.0.1. `answerAt` is called once, when the origin is known and before any request comes in. Rejects
 * when `port` is taken.
 */
export async function startLoopbackServer(
  answerAt: (origin: string) => Answer,
  { port = 0, standingFault }: LoopbackServerOptions = {},
): Promise<LoopbackServer & { failNext(path: string, fault: RequestFault | Preparation): void }> {
  const server = createServer();
  server.listen({ port, host: "127.0.0.1" });
  await once(server, "listening");
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new TypeError("the server has no port");

  const origin = `http://127.0.0.1:${address.port}`;
  const requests: RecordedRequest[] = [];
  const closing = new AbortController();
  const faults = answerFaults(closing.signal);
  const answer = faults.applyTo(answerAt(origin), standingFault);

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const body = await buffer(request);
      requests.push(recordedRequest(request, body));
      await answer(request, response, body);
    } catch {
      // What went wrong may name a secret, and a client that hung up does not listen.
      if (response.headersSent) response.destroy();
      else response.writeHead(500).end();
    }
  }
  server.on("request", (request, response) => void serve(request, response));

  let closed: Promise<unknown> | undefined;
  async function close(): Promise<void> {
    if (closed === undefined) {
      closed = once(server, "close");
      closing.abort();
      server.close();
      server.closeAllConnections();
    }
    await closed;
  }
  return {
    origin,
    requests,
    failNext: (path, fault) => faults.add(new URL(path, origin).pathname, fault),
    close,
    [Symbol.asyncDispose]: close,
  };
}
