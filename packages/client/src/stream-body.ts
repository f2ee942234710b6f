const reopen = Symbol.for("org-auth.reopen");

/** A body that is read while it is sent, and held nowhere. Node's `fetch` takes what can be iterated over too. */
type StreamBody = AsyncIterable<Uint8Array> | ReadableStream;

/**
 * A stream that can be sent more than once, because `open` gives a new one each time: as the `body` of a request, it is
 * sent again after a 401, and for a nonce. Nothing is opened before it is sent.
 */
export function replayable(open: () => ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  // For whoever reads it and knows nothing of `open`.
  const stream = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        reader ??= open().getReader();
        const { done, value } = await reader.read();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: async (reason) => await reader?.cancel(reason),
    },
    { highWaterMark: 0 },
  );
  return Object.defineProperty(stream, reopen, { value: open });
}

/** Whether a body is a stream, so that it is not held in memory. */
export function isStream(body: unknown): body is StreamBody {
  return body instanceof ReadableStream || (typeof body === "object" && body !== null && Symbol.asyncIterator in body);
}

/** Whether a body can be sent another time: anything but a stream that is used up then. */
export function isReplayable(body: unknown): boolean {
  return !isStream(body) || reopen in body;
}

/** A body as it is to be sent now. */
export function fresh<Body>(body: Body): Body | ReadableStream {
  return isStream(body) && reopen in body ? (body[reopen] as () => ReadableStream)() : body;
}
