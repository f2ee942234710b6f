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
export async function wholeText({ body, url }: Response, { maxBytes, timeLimitMs }: BodyLimits): Promise<string> {
  const reader: ReadableStreamDefaultReader<Uint8Array> | undefined = body?.getReader();
  const decoder = new TextDecoder();
  let text = "";
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
      const part = await ours(url, async () => await reader?.read());
      if (isLate) throw new AuthError("timeout", `${hostOf(url)} did not send all of its answer in time`);
      if (part?.done !== false) return text + decoder.decode();
      length += part.value.byteLength;
      if (length > maxBytes) {
        giveUp();
        throw new AuthError("bad_response", `${hostOf(url)} answered with more than ${String(maxBytes)} bytes`);
      }
      text += decoder.decode(part.value, { stream: true });
    }
  } finally {
    clearTimeout(timer);
  }
}

/**
 * The same response. Its text is read as by {@link wholeText}, and all else that reads its whole body rejects with errors
 * of ours too, and takes as much and as long as it does.
 */
export function withWholeBody(response: Response, limits: BodyLimits): Response {
  const { url } = response;
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- whether to read forms by it is for the caller to say
  const { arrayBuffer, blob, bytes, clone, formData } = Response.prototype;
  return Object.assign(response, {
    text: () => wholeText(response, limits),
    json: async () => parseAnswer(await wholeText(response, limits), response),
    arrayBuffer: () => ours(url, () => arrayBuffer.call(response)),
    blob: () => ours(url, () => blob.call(response)),
    bytes: () => ours(url, () => bytes.call(response)),
    formData: () => ours(url, () => formData.call(response)),
    clone: () => withWholeBody(clone.call(response), limits),
  });
}

async function ours<T>(url: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    // Who has given up is told so by their own signal; and a body is read only once.
    if (!isError(error) || error.name !== "TypeError" || error.cause === undefined) throw error;
    const { fetchFailure } = await import("@org/auth-flows");
    throw fetchFailure(error, hostOf(url));
  }
}
