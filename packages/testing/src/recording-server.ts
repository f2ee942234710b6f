import type { IncomingHttpHeaders } from "node:http";
import { startLoopbackServer, type LoopbackServer } from "./loopback-server.ts";

/** All of a request, secrets too. */
export interface ReceivedRequest {
  readonly method: string;
  /** The path with the query, as it came. */
  readonly target: string;
  readonly headers: Readonly<IncomingHttpHeaders>;
  readonly body: string;
}

/**
 * A server on loopback that answers everything with `{}` and keeps all it gets: an origin that should see no token, or
 * the far end of a redirect.
 */
export interface RecordingServer extends LoopbackServer {
  /** Every request so far, in the order in which they came in. */
  readonly requests: readonly ReceivedRequest[];
}

/** Starts a {@link RecordingServer}. `port` 0, the default, takes a free one. */
export async function startRecordingServer(
  options: { readonly port?: number | undefined } = {},
): Promise<RecordingServer> {
  const requests: ReceivedRequest[] = [];
  const server = await startLoopbackServer(
    () =>
      ({ method = "", url: target = "", headers }, response, body) => {
        requests.push({ method, target, headers, body: body.toString() });
        response.writeHead(200, { "content-type": "application/json" }).end("{}");
      },
    options,
  );
  return { ...server, requests };
}
