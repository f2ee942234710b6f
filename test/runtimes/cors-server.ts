import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { onTestFinished } from "vitest";

/**
 * Another address of a server, where the pages of `pageOrigin` may call it (CORS): what an organisation puts before an
 * API that browsers call. Gives its origin; it ends with the test.
 */
export async function startCorsServer(target: string, pageOrigin: string): Promise<string> {
  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeader("access-control-allow-origin", pageOrigin);
    if (request.method === "OPTIONS") {
      response.setHeader("access-control-allow-headers", "authorization, content-type");
      response.writeHead(204).end();
      return;
    }
    const { method = "GET", url = "/" } = request;
    const headers = new Headers();
    for (const name of ["accept", "authorization", "content-type"] as const) {
      const value = request.headers[name];
      if (value !== undefined) headers.set(name, value);
    }
    const answer = await fetch(new URL(url, target), {
      method,
      headers,
      body: method === "GET" ? null : await buffer(request),
    });
    response.setHeader("content-type", answer.headers.get("content-type") ?? "");
    response.writeHead(answer.status).end(Buffer.from(await answer.arrayBuffer()));
  }
  return await startServer((request, response) => void serve(request, response));
}

/** A server on this machine that ends with the test. Gives its origin. */
export async function startServer(
  listener: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<string> {
  const server = createServer(listener);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
