import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";

/** A plain HTTP server on 127.0.0.1. */
export interface LoopbackServer extends AsyncDisposable {
  /** Such as `http://127.0.0.1:49152`. */
  readonly origin: string;
  /** Ends every connection, also those in use, and resolves when the port is free. Calling it again is harmless. */
  close(): Promise<void>;
}

/** Answers one request, whose body has been read whole. What it throws becomes a 500. */
export type Answer = (request: IncomingMessage, response: ServerResponse, body: Buffer) => void | Promise<void>;

/**
 * Listens on 127.0.0.1. `answerAt` is called once, when the origin is known and before any request comes in. Rejects
 * when `port` is taken; 0 takes a free one.
 */
export async function startLoopbackServer(
  answerAt: (origin: string) => Answer,
  { port = 0 }: { readonly port?: number | undefined } = {},
): Promise<LoopbackServer> {
  const server = createServer();
  server.listen({ port, host: "127.0.0.1" });
  await once(server, "listening");
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new TypeError("the server has no port");

  const origin = `http://127.0.0.1:${address.port}`;
  const answer = answerAt(origin);
  server.on("request", (request, response) => void serve(answer, request, response));

  let closed: Promise<unknown> | undefined;
  async function close(): Promise<void> {
    if (closed === undefined) {
      closed = once(server, "close");
      server.close();
      server.closeAllConnections();
    }
    await closed;
  }
  return { origin, close, [Symbol.asyncDispose]: close };
}

async function serve(answer: Answer, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    await answer(request, response, await buffer(request));
  } catch {
    // What went wrong may name a secret, and a client that hung up does not listen.
    if (response.headersSent) response.destroy();
    else response.writeHead(500).end();
  }
}
