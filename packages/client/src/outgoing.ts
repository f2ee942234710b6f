import { AuthError, isError, type SignProof } from "@org/auth-core";
import { afterMs } from "./after-ms.ts";
import { asItIsNow } from "./as-it-is-now.ts";
import type { OwnOptions } from "./own-options.ts";
import { shownUrl } from "./shown-url.ts";
import { fresh, isReplayable, isStream } from "./stream-body.ts";

/** A request that can be sent more than once, unless its body is a stream that is used up then. */
export interface Outgoing {
  readonly url: URL;
  readonly method: string;
  readonly headers: Headers;
  readonly body: RequestInit["body"];
  /** What the caller wants done with redirects. */
  readonly redirect: Request["redirect"];
  readonly signal: AbortSignal | undefined;
  /** What the caller gave in place of an address: it says what `rest` does not. Absent: an address. */
  readonly given?: Request | undefined;
  /** All else that the caller said, also what only the runtime's own `fetch` understands. */
  readonly rest: RequestInit;
  /** The body came in a `Request`, is not known to be a stream, and has not been read into memory. */
  readonly isUnread: boolean;
  /** How long its answer may take each time it is sent, in milliseconds. Absent or `false`: as long as it takes. */
  readonly timeLimitMs?: number | false | undefined;
  /** Makes what it rejects with then. Absent: an {@link AuthError} (`timeout`). */
  readonly lateError?: (() => Error) | undefined;
  /** Signs the proof (DPoP) that goes with its token, each time it is sent. Absent: it goes without one. */
  readonly proof?: SignProof | undefined;
}

/** What `fetch` takes, and what a `Request` does not tell of itself. */
export interface OutgoingInit extends RequestInit, OwnOptions {
  /** What it rejects with when its time is up. Default: an {@link AuthError} (`timeout`). */
  readonly lateError?: (() => Error) | undefined;
}

/** Takes a request as `fetch` takes it. Nothing of its body is read. */
export function outgoing(
  url: URL,
  input: unknown,
  { givenBody, onDownload: _onDownload, timeLimitMs, lateError, ...init }: OutgoingInit = {},
): Outgoing {
  const given = input instanceof Request ? input : undefined;
  const { method = given?.method ?? "GET", redirect = given?.redirect ?? "follow" } = init;
  // A request with a body is not the one that was made of it, but another that a hook has put in its place.
  const ownBody = given?.body ?? givenBody?.();
  return {
    url,
    method: /^(delete|get|head|options|post|put)$/i.test(method) ? method.toUpperCase() : method,
    headers: new Headers(init.headers ?? given?.headers),
    body: init.body == null ? ownBody : asItIsNow(init.body),
    redirect,
    signal: (init.signal === undefined ? given?.signal : init.signal) ?? undefined,
    given,
    rest: init,
    isUnread: init.body == null && given?.body != null,
    timeLimitMs,
    lateError,
  };
}

/** The same with its body in memory, where it came in a `Request` and is not a stream for all that is known. */
export async function withBodyRead(request: Outgoing): Promise<Outgoing> {
  const { body, isUnread, signal } = request;
  return isUnread && body instanceof ReadableStream
    ? { ...request, body: await readWhole(body, signal), isUnread: false }
    : request;
}

function sendOutgoing(request: Outgoing, fetch: typeof globalThis.fetch, signal?: AbortSignal): Promise<Response> {
  const { given, url, method, headers, body, redirect } = request;
  const rest = signal === undefined ? request.rest : { ...request.rest, signal };
  if (isStream(body)) return sendStream({ ...request, rest }, fetch);
  const redirected = redirect === "error" ? "error" : "manual";
  // One that is not of this runtime may give its answer at once.
  return Promise.resolve(
    fetch(given ?? url.href, { ...rest, method, headers, body: body ?? null, redirect: redirected }),
  );
}

/**
 * Sends it once, and follows nothing. Rejects with {@link AuthError} (`redirect_refused`) where a body that is a stream is
 * answered with a redirect, unless that is left to the caller, and (`timeout`) when it takes longer than it may.
 */
export function sendInTime(request: Outgoing, fetch: typeof globalThis.fetch): Promise<Response> {
  const { timeLimitMs = false } = request;
  return timeLimitMs === false ? sendOutgoing(request, fetch) : sendLimited(request, timeLimitMs, fetch);
}

async function sendLimited(request: Outgoing, timeLimitMs: number, fetch: typeof globalThis.fetch): Promise<Response> {
  const { lateError, signal, url } = request;
  signal?.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<Response>();
  const ending = endingOf(signal, reject);
  const timer = afterMs(timeLimitMs, () => {
    ending.end(lateError?.() ?? new AuthError("timeout", `${url.host} did not answer in time`));
  });
  try {
    sendOutgoing(request, fetch, ending.signal).then(resolve, reject);
    return await promise;
  } finally {
    clearTimeout(timer);
    ending.hasAnswer();
  }
}

interface Ending {
  readonly signal: AbortSignal;
  end(reason: unknown): void;
  hasAnswer(): void;
}

/**
 * What ends a request before its time: its signal, or its limit. Runtimes keep signals for long, and with them all that
 * listens to them, so nothing else of the request is within reach of it once that has its answer.
 */
function endingOf(from: AbortSignal | undefined, reject: (reason: unknown) => void): Ending {
  const controller = new AbortController();
  // A given `fetch` may not heed its signal.
  let rejectToo: typeof reject | undefined = reject;
  const end = (reason: unknown): void => {
    controller.abort(reason);
    rejectToo?.(reason);
  };
  from?.addEventListener("abort", () => end(from.reason), { once: true });
  return {
    signal: controller.signal,
    end,
    hasAnswer: () => (rejectToo = undefined),
  };
}

async function sendStream(
  { given, url, method, headers, body, redirect, rest }: Outgoing,
  fetch: typeof globalThis.fetch,
): Promise<Response> {
  const init: RequestInit = { ...rest, method, headers, body: fresh(body) ?? null };
  Object.assign(init, { duplex: "half" });
  try {
    // Before release 26 Node holds all of a stream that it has sent, to send it where a redirect leads, but for `error`.
    return await fetch(given ?? url.href, { ...init, redirect: redirect === "manual" ? "manual" : "error" });
  } catch (error) {
    const cause = isError(error) ? error.cause : undefined;
    const isRedirect = isError(cause) && cause.message === "unexpected redirect";
    if (redirect !== "follow" || !isRedirect) throw error;
    const why = "though its body is a stream, which cannot be sent again";
    throw new AuthError("redirect_refused", `${method} ${shownUrl(url)} redirects ${why}`);
  }
}

/** Throws {@link AuthError} (`body_not_replayable`) when a request that has been sent cannot be sent again. */
export function requireReplayable({ method, url, body }: Outgoing, why: string): void {
  if (isReplayable(body)) return;
  throw new AuthError(
    "body_not_replayable",
    `${method} ${shownUrl(url)} has to be sent once more, because ${why}, and its body is a stream that is used up`,
  );
}

/** The same request to another address: nothing of where it went first is left in it. */
export function sentElsewhere(from: Outgoing, changes: Partial<Outgoing> & { readonly url: URL }): Outgoing {
  const { given, rest } = from;
  if (given === undefined) return { ...from, ...changes };
  const { cache, credentials, integrity, keepalive, mode, referrer, referrerPolicy, signal } = given;
  const said = { cache, credentials, integrity, keepalive, mode, referrer, referrerPolicy, signal, ...rest };
  return { ...from, given: undefined, rest: said, ...changes };
}

/** It may end late or never: the reading has to heed the signal. */
async function readWhole(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  signal: AbortSignal | undefined,
): Promise<Uint8Array<ArrayBuffer>> {
  signal?.throwIfAborted();
  const reader = body.getReader();
  const stop = (): void => {
    // The reading then ends, whatever becomes of it.
    reader.cancel(signal?.reason).catch(() => undefined);
  };
  signal?.addEventListener("abort", stop, { once: true });
  try {
    const parts: Uint8Array<ArrayBuffer>[] = [];
    for (let part = await reader.read(); !part.done; part = await reader.read()) parts.push(part.value);
    signal?.throwIfAborted();
    const [first, ...others] = parts;
    return first !== undefined && others.length === 0 ? first : new Uint8Array(await new Blob(parts).arrayBuffer());
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}
