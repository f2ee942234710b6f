/** A request that can be sent more than once, unless its body is a stream. */
export interface Outgoing {
  readonly url: URL;
  readonly method: string;
  readonly headers: Headers;
  readonly body: ArrayBuffer | ReadableStream | undefined;
  /** What the caller wants done with redirects. */
  readonly redirect: Request["redirect"];
  /** All else: the signal, and what only the runtime's own `fetch` understands. */
  readonly rest: RequestInit;
}

/** Takes a request, and the `init` it was made with. A body that is no stream is read into memory. */
export async function outgoing(
  request: Request,
  init: RequestInit | undefined,
  signal: AbortSignal | undefined,
): Promise<Outgoing> {
  const { url, method, headers, redirect } = request;
  const { cache, credentials, integrity, keepalive, mode, referrer, referrerPolicy } = request;
  return {
    url: new URL(url),
    method,
    headers,
    body: await bodyOf(request, init, signal),
    redirect,
    rest: {
      ...init,
      signal: signal ?? null,
      cache,
      credentials,
      integrity,
      keepalive,
      mode,
      referrer,
      referrerPolicy,
    },
  };
}

async function bodyOf(
  { body }: Request,
  init: RequestInit | undefined,
  signal: AbortSignal | undefined,
): Promise<Outgoing["body"]> {
  if (body === null) return undefined;
  if (isStream(init?.body)) return body;
  // What came in a `Request` may be a stream that ends late or never: the reading has to heed the signal.
  return await new Response(body.pipeThrough(new TransformStream(), signal && { signal })).arrayBuffer();
}

/** Node's `fetch` takes what can be iterated over, such as a Node stream, for a stream too. */
function isStream(body: unknown): boolean {
  return body instanceof ReadableStream || (typeof body === "object" && body !== null && Symbol.asyncIterator in body);
}
