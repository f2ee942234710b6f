import type { Options } from "ky";
import { asItIsNow } from "./as-it-is-now.ts";
import { isStream } from "./stream-body.ts";

/** What ky hands on to the `fetch` that it is given, because it does not know it itself. */
export interface OwnOptions {
  /** The body that the request was made with: ky's `Request` has it as a stream, which would have to be held in memory. */
  readonly givenBody?: unknown;
  /** How long it may take each time it is sent, in milliseconds; `false`: as long as it takes. */
  readonly timeLimitMs?: number | false | undefined;
}

/** What is a client's own business: where its requests go, and what carries them there. */
const clientsOwn = ["baseUrl", "fetch", "prefix"] as const;

/** What a request, or what is made of a client by `extend`, may say. */
export type CallOptions = Omit<Options, (typeof clientsOwn)[number]>;

/**
 * The same options, in the shape in which they do what a client says of them. ky's own clock would run while a token is
 * renewed, or a person signs in; with a number for `retry` it would wait for as long as a server likes; of a stream it
 * would hold all, to send it once more, and files and forms would come out of its `Request` as streams.
 *
 * `isRewritten` says that hooks may put another body into the request. Throws `TypeError` for what only a new client can
 * have.
 */
export function ownOptions(given: CallOptions, isRewritten: boolean): Options & OwnOptions {
  const { timeout, retry, ...options }: Options = given;
  const wrong = clientsOwn.find((name) => options[name] !== undefined);
  if (wrong !== undefined) throw new TypeError(`${wrong} is for createClient to say`);
  const { body, onUploadProgress } = options;
  const isWhole = body instanceof Blob || body instanceof FormData;
  const isTaken = isWhole && !isRewritten && onUploadProgress === undefined;
  return {
    ...options,
    ...(timeout !== undefined && { timeLimitMs: timeout }),
    ...(retry !== undefined && { retry: asRetryOptions(retry) }),
    ...(isTaken && { body: null, givenBody: asItIsNow(body) }),
    ...(isStream(body) && { retry: 0, givenBody: body }),
  };
}

/** The same, as an object: to a number alone nothing else can be added. */
export function asRetryOptions(retry: Options["retry"]): Exclude<Options["retry"], number | undefined> {
  return typeof retry === "number" ? { limit: retry } : (retry ?? {});
}

/** Whether hooks may put another request in place of the one that was made. */
export function rewrites({ hooks }: CallOptions): boolean {
  return (hooks?.beforeRequest?.length ?? 0) + (hooks?.beforeRetry?.length ?? 0) > 0;
}
