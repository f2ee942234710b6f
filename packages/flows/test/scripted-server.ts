import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { AuthorizationServer } from "@org/auth-core";
import { onTestFinished } from "vitest";

/** One request as the scripted server got it. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
  /** As it came. */
  readonly body: string;
  readonly form: URLSearchParams;
}

/** What to answer: JSON, or a web page, or whatever `raw` does with the response. */
export type Answer = { readonly status?: number; readonly headers?: Readonly<Record<string, string>> } & (
  { readonly json: unknown } | { readonly html: string } | { readonly raw: (response: ServerResponse) => void }
);

export interface ScriptedServer {
  readonly issuer: string;
  /** What its metadata would say, in core's form. */
  readonly metadata: AuthorizationServer;
  readonly requests: readonly SeenRequest[];
  /** Sets what one path answers: always the same, or by the request and how many came before it. */
  on(path: string, answer: Answer | ((request: SeenRequest, index: number) => Answer)): void;
}

/** An authorization server on the loopback that says just what a test tells it to. It ends with the test. */
export async function scriptedServer(): Promise<ScriptedServer> {
  const answers = new Map<string, (request: SeenRequest, index: number) => Answer>();
  const requests: SeenRequest[] = [];

  const server = createServer((incoming, response) => {
    void bodyOf(incoming).then((body) => {
      const url = new URL(incoming.url ?? "/", "http://127.0.0.1");
      const request: SeenRequest = {
        method: incoming.method ?? "",
        path: url.pathname,
        query: url.searchParams,
        headers: incoming.headers,
        body,
        form: new URLSearchParams(body),
      };
      const index = requests.filter(({ path }) => path === request.path).length;
      requests.push(request);
      const answer: Answer = answers.get(request.path)?.(request, index) ?? { json: {}, status: 404 };
      if ("raw" in answer) {
        answer.raw(response);
        return;
      }
      const [type, text] =
        "json" in answer ? ["application/json", JSON.stringify(answer.json)] : ["text/html", answer.html];
      response.writeHead(answer.status ?? 200, { "content-type": type, ...answer.headers }).end(text);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });

  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    issuer,
    metadata: {
      issuer,
      tokenEndpoint: `${issuer}/token`,
      authorizationEndpoint: `${issuer}/authorize`,
      deviceAuthorizationEndpoint: `${issuer}/device`,
      revocationEndpoint: `${issuer}/revoke`,
      jwksUri: `${issuer}/jwks`,
      issParameterSupported: true,
    },
    requests,
    on(path, answer) {
      answers.set(path, typeof answer === "function" ? answer : () => answer);
    },
  };
}

async function bodyOf(incoming: IncomingMessage): Promise<string> {
  let body = "";
  for await (const chunk of incoming) body += String(chunk);
  return body;
}
