import { ServerResponse, type IncomingMessage } from "node:http";
import { Writable } from "node:stream";
import type { Answer } from "./loopback-server.ts";

/** An answer that has not been sent yet. */
export interface WholeAnswer {
  readonly status: number;
  /** By their names in lower case; several of one name are a list. Without those that are the connection's business. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  /** As text. Empty: none. */
  readonly body: string;
}

/** Lets `answer` do its work, and keeps what it says to itself. */
export async function wholeAnswer(answer: Answer, request: IncomingMessage, body: Buffer): Promise<WholeAnswer> {
  const chunks: Buffer[] = [];
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  const response = new ServerResponse(request);
  response.useChunkedEncodingByDefault = false;
  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- nothing but its writing is used
  response.assignSocket(sink as Parameters<ServerResponse["assignSocket"]>[0]);
  await answer(request, response, body);
  return parsed(response.statusCode, Buffer.concat(chunks).toString());
}

/** Sends it. */
export function sendAnswer(response: ServerResponse, { status, headers, body }: WholeAnswer): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (body !== "") response.setHeader("content-length", Buffer.byteLength(body));
  response.writeHead(status).end(body);
}

function parsed(status: number, text: string): WholeAnswer {
  const headEnd = text.indexOf("\r\n\r\n");
  const headers: Record<string, string | string[]> = {};
  for (const line of text.slice(0, headEnd).split("\r\n").slice(1)) {
    const colon = line.indexOf(":");
    const [name, value] = [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    if (["connection", "content-length", "keep-alive", "transfer-encoding"].includes(name)) continue;
    headers[name] = name in headers ? [headers[name] ?? [], value].flat() : value;
  }
  return { status, headers, body: text.slice(headEnd + 4) };
}
