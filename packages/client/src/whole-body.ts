import { AuthError, isError } from "@org/auth-core";
import { afterMs } from "./after-ms.ts";
import { hostOf } from "./host-of.ts";
import { parseAnswer } from "./parse-answer.ts";

/** How much of a body is read, and for how long. */
export interface BodyLimits {
  /** In bytes, after decompression. */
  readonly maxBytes: number;
  /** In milliseconds. Absent or `false`: as long as it takes. */
  readonly timeLimitMs?: number | false | undefined;
}

/**
 * The whole text of an answer, after decompression. Rejects with {@link AuthError}: `bad_response` as soon as it is longer
 * than `maxBytes`, `timeout` when it takes too long, and as `fetchFailure` says when it breaks off.
 */
export async function wholeText(response: Response, limits: BodyLimits): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  await readWhole(response, limits, (part) => (text += decoder.decode(part, { stream: true })));
  return text + decoder.decode();
}

const limitsKey = Symbol("body limits");
/** What a clone holds of the request, so that an abort of that still comes through. */
const heldKey = Symbol("held");

type LimitedResponse = Response & { readonly [limitsKey]: BodyLimits };

/**
 * The same response. Its text and JSON are read as by {@link wholeText}; all else that reads its whole body has as long,
 * and takes as much as comes.
 */
export function withWholeBody(response: Response, limits: BodyLimits): Response {
  return Object.assign(response, wholeBody, { [limitsKey]: limits });
}

/** The same for all responses: runtimes keep these for long, and with them all that they hold. */
const wholeBody = {
  text(this: LimitedResponse): Promise<string> {
    return wholeText(this, this[limitsKey]);
  },
  async json(this: LimitedResponse): Promise<unknown> {
    return parseAnswer(await wholeText(this, this[limitsKey]), this);
  },
  async arrayBuffer(this: LimitedResponse): Promise<ArrayBuffer> {
    return await (await wholeBlob(this)).arrayBuffer();
  },
  blob(this: LimitedResponse): Promise<Blob> {
    return wholeBlob(this);
  },
  async bytes(this: LimitedResponse): Promise<Uint8Array> {
    return new Uint8Array(await (await wholeBlob(this)).arrayBuffer());
  },
  async formData(this: LimitedResponse): Promise<FormData> {
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- whether to read forms by it is for the caller to say
    return await new Response(await wholeBlob(this), { headers: this.headers }).formData();
  },
  clone(this: LimitedResponse): Response {
    const clone = withWholeBody(Response.prototype.clone.call(this), this[limitsKey]);
    return Object.assign(clone, { [heldKey]: this.json });
  },
};

async function wholeBlob(response: LimitedResponse): Promise<Blob> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  await readWhole(response, { ...response[limitsKey], maxBytes: Infinity }, (part) => parts.push(part));
  return new Blob(parts, { type: response.headers.get("content-type") ?? "" });
}

async function readWhole(
  response: Response,
  { maxBytes, timeLimitMs }: BodyLimits,
  take: (part: Uint8Array<ArrayBuffer>) => unknown,
): Promise<void> {
  const { body, url } = response;
  const reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>> | undefined = body?.getReader();
  let length = 0;
  let isLate = false as boolean;
  // Which ends the reading, too.
  const giveUp = (): void => void reader?.cancel().catch(() => undefined);
  const timer = afterMs(timeLimitMs, () => {
    isLate = true;
    giveUp();
  });
  try {
    for (;;) {
      const part = await reader?.read();
      if (isLate) throw new AuthError("timeout", `${hostOf(url)} did not send all of its answer in time`);
      if (part?.done !== false) return;
      length += part.value.byteLength;
      if (length > maxBytes) {
        giveUp();
        throw new AuthError("bad_response", `${hostOf(url)} answered with more than ${String(maxBytes)} bytes`);
      }
      take(part.value);
    }
  } catch (error) {
    throw await ownError(error, url);
  } finally {
    clearTimeout(timer);
    letGo(response);
  }
}

/**
 * The `json` that ky gives a response holds on to all of its request. While the body is read an abort comes through that;
 * after it, it is too much to hold until the runtime lets go of the response.
 */
function letGo(response: Response): void {
  if (limitsKey in response) Object.assign(response, { json: wholeBody.json });
}

async function ownError(error: unknown, url: string): Promise<unknown> {
  // Who has given up is told so by their own signal; and a body is read only once.
  if (!isError(error) || error.name !== "TypeError" || error.cause === undefined) return error;
  const { fetchFailure } = await import("@org/auth-flows");
  return fetchFailure(error, hostOf(url));
}
