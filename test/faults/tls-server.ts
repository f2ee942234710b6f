import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type { SecureContextOptions } from "node:tls";
import { onTestFinished } from "vitest";

/** Over TLS: an authorization server for machines, whose issuer is whatever host it is called by, a CI service, and an API. */
export interface TlsServer {
  readonly port: number;
  /** The addresses that were asked for, in order, such as `https://id.example.test/token`. */
  readonly asked: readonly string[];
}

/** Starts a {@link TlsServer} on the loopback. It ends with the test. */
export async function tlsServer(options: SecureContextOptions): Promise<TlsServer> {
  const asked: string[] = [];
  const server = createServer(options, (request, response) => {
    const origin = `https://${request.headers.host ?? ""}`;
    const { pathname } = new URL(request.url ?? "/", origin);
    asked.push(origin + pathname);
    const answers: Readonly<Record<string, object>> = {
      "/.well-known/openid-configuration": { issuer: origin, token_endpoint: `${origin}/token` },
      "/token": { access_token: "over-tls", token_type: "Bearer", expires_in: 60 },
      "/identity": { value: "identity-over-tls" },
    };
    void text(request).then((body) => {
      const { authorization = "" } = request.headers;
      const answer = answers[pathname] ?? { body, authorization };
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
    });
  });
  server.on("tlsClientError", () => undefined); // Those who do not trust it hang up.
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { port: (server.address() as AddressInfo).port, asked };
}
