import type { ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout } from "node:timers/promises";
import { createGzip } from "node:zlib";
import type { Answer } from "./loopback-server.ts";
import type { RequestFault } from "./request-fault.ts";
import { sendAnswer, wholeAnswer, type WholeAnswer } from "./whole-answer.ts";

/** Something that a server of its own kind does before it answers a request. */
export interface Preparation {
  readonly prepare: (body: Buffer) => Promise<void>;
}

/** Faults that wait for their request to a plain {@link Answer}. */
export interface AnswerFaults {
  /** The next request to `path` meets `fault`; calling it again is for the one after that. */
  add(path: string, fault: RequestFault | Preparation): void;
  /** The same answer, with the faults in it. `standing` is for requests that no other fault waits for. */
  applyTo(answer: Answer, standing?: (path: string) => RequestFault | undefined): Answer;
}

/** Makes an {@link AnswerFaults} with no fault in it. `closing` ends the waits. */
export function answerFaults(closing: AbortSignal): AnswerFaults {
  const waiting = new Map<string, (RequestFault | Preparation)[]>();
  return {
    add(path, fault) {
      waiting.set(path, [...(waiting.get(path) ?? []), fault]);
    },
    applyTo: (answer, standing) => async (request, response, body) => {
      const path = (request.url ?? "").replace(/\?.*/s, "");
      const fault = waiting.get(path)?.shift() ?? standing?.(path);
      if (fault === undefined || (typeof fault === "object" && "prepare" in fault)) {
        await fault?.prepare(body);
        await answer(request, response, body);
      } else if (fault === "reset") {
        request.socket.resetAndDestroy();
      } else if (typeof fault === "object" && "status" in fault) {
        sendAnswer(response, asWhole(fault));
      } else if (typeof fault === "object" && "gzipBombBytes" in fault) {
        await sendGzipBomb(response, fault.gzipBombBytes);
      } else {
        await spoil(response, await wholeAnswer(answer, request, body), fault, closing);
      }
    },
  };
}

type FaultInPlace = Extract<RequestFault, { readonly status: number } | { readonly gzipBombBytes: number } | "reset">;

/** Sends what a fault leaves of an answer. */
async function spoil(
  response: ServerResponse,
  answer: WholeAnswer,
  fault: Exclude<RequestFault, FaultInPlace>,
  closing: AbortSignal,
): Promise<void> {
  if (fault === "reset-after-commit") {
    response.socket?.resetAndDestroy();
  } else if (fault === "truncate") {
    const body = Buffer.from(answer.body);
    startBody(response, answer, Math.max(1, body.length));
    // Not reset: that would also take back what has been sent.
    response.write(body.subarray(0, body.length / 2), () => response.destroy());
  } else if ("alter" in fault) {
    sendAnswer(response, await fault.alter(answer));
  } else if ("delayHeadersMs" in fault) {
    if (await hasPassed(fault.delayHeadersMs, closing)) sendAnswer(response, answer);
  } else {
    const body = Buffer.from(answer.body);
    startBody(response, answer, body.length);
    response.flushHeaders();
    for (const byte of body) {
      if (!(await hasPassed(fault.dripMs, closing))) return;
      response.write(Buffer.of(byte));
    }
    response.end();
  }
}

function startBody(response: ServerResponse, { status, headers }: WholeAnswer, length: number): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.setHeader("content-length", length);
  response.writeHead(status);
}

/** Waits. `false`: the server is being closed. */
async function hasPassed(ms: number, closing: AbortSignal): Promise<boolean> {
  return await setTimeout(ms, true, { signal: closing }).catch(() => false);
}

function asWhole({ status, headers = {}, body }: Extract<RequestFault, { readonly status: number }>): WholeAnswer {
  if (body === undefined) return { status, headers, body: "" };
  const type = typeof body !== "string" ? "application/json" : body.startsWith("<") ? "text/html" : "text/plain";
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const own = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const));
  return { status, headers: { "content-type": type, ...own }, body: text };
}

async function sendGzipBomb(response: ServerResponse, bytes: number): Promise<void> {
  response.writeHead(200, { "content-type": "application/json", "content-encoding": "gzip" });
  // Whoever stops reading has done well.
  await pipeline(Readable.from(jsonOf(bytes)), createGzip(), response).catch(() => undefined);
}

/** An empty object after so much white space that all of it has this size. */
function* jsonOf(bytes: number): Generator<Buffer> {
  const spaces = Buffer.alloc(65_536, " ");
  for (let left = bytes - 2; left > 0; left -= spaces.length) yield spaces.subarray(0, left);
  yield Buffer.from("{}");
}
