import { AuthError, isError } from "@org/auth-core";

/**
 * The whole text of an answer, after decompression. Rejects with {@link AuthError}: `bad_response` as soon as it is longer
 * than `maxBytes`, and as `fetchFailure` says when it breaks off.
 */
export async function boundedText({ body, url }: Response, maxBytes: number): Promise<string> {
  const reader: ReadableStreamDefaultReader<Uint8Array> | undefined = body?.getReader();
  const decoder = new TextDecoder();
  let text = "";
  let length = 0;
  for (;;) {
    const part = await reader?.read().catch(async (error: unknown) => {
      // Who has given up is told so by their own signal.
      if (!(isError(error) && error.name === "TypeError")) throw error;
      const { fetchFailure } = await import("@org/auth-flows");
      throw fetchFailure(error, hostOf(url));
    });
    if (part?.done !== false) return text + decoder.decode();
    length += part.value.byteLength;
    if (length > maxBytes) {
      reader?.cancel().catch(() => undefined);
      throw new AuthError("bad_response", `${hostOf(url)} answered with more than ${String(maxBytes)} bytes`);
    }
    text += decoder.decode(part.value, { stream: true });
  }
}

/** One that was made here has no address. */
export function hostOf(url: string): string {
  return URL.parse(url)?.host ?? "the API";
}
