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

/** Takes a request as a caller of `fetch` gave it. A body that is no stream is read into memory. */
export async function outgoing(request: Request, init: RequestInit | undefined): Promise<Outgoing> {
  const { url, method, headers, redirect, signal, cache, credentials, keepalive, referrerPolicy } = request;
  return {
    url: new URL(url),
    method,
    headers,
    body: await bodyOf(request, init),
    redirect,
    rest: { ...init, signal, cache, credentials, keepalive, referrerPolicy },
  };
}

async function bodyOf(request: Request, init: RequestInit | undefined): Promise<Outgoing["body"]> {
  if (request.body === null) return undefined;
  return init?.body instanceof ReadableStream ? request.body : await request.arrayBuffer();
}
