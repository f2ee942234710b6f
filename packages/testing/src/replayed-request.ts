import { IncomingMessage } from "node:http";

/** The same request with its body still to be read, which the provider insists on doing itself. */
export function replayedRequest(request: IncomingMessage, body: Buffer): IncomingMessage {
  const copy = new IncomingMessage(request.socket);
  copy.method = request.method;
  copy.url = request.url;
  copy.httpVersion = request.httpVersion;
  copy.headers = request.headers;
  copy.rawHeaders = request.rawHeaders;
  copy.complete = true; // Else the end of this stream would end the connection.
  copy.push(body);
  copy.push(null);
  return copy;
}
