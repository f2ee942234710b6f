import { startLoopbackServer, type LoopbackServer } from "./loopback-server.ts";

/**
 * A server on loopback that answers everything with `{}`: an origin that should see no token, the far end of a redirect,
 * or, with `failNext`, a service that says what a test wants it to say.
 */
export type RecordingServer = LoopbackServer;

/** Starts a {@link RecordingServer}. `port` 0, the default, takes a free one; rejects when it is taken. */
export async function startRecordingServer(
  options: { readonly port?: number | undefined } = {},
): Promise<RecordingServer> {
  return await startLoopbackServer(
    () => (_request, response) => void response.writeHead(200, { "content-type": "application/json" }).end("{}"),
    options,
  );
}
