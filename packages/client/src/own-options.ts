import type { Options } from "ky";
import { asItIsNow } from "./as-it-is-now.ts";
import { isStream } from "./stream-body.ts";

/** What ky hands on to the `fetch` that it is given, because it does not know it itself. */
export interface OwnOptions {
  /** Gives the body that the request was made with: ky's `Request` would have it as a stream, and hold it in memory. */
  readonly givenBody?: (() => RequestInit["body"]) | undefined;
  /** Told of a body that is read: by ky it would be another answer, without the limits of ours. */
  readonly onDownload?: Options["onDownloadProgress"];
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
  const { timeout, retry, onDownloadProgress, ...options }: Options = given;
  const wrong = clientsOwn.find((name) => options[name] !== undefined);
  if (wrong !== undefined) throw new TypeError(`${wrong} is for createClient to say`);
  const { body, json, onUploadProgress } = options;
  const isWhole = body instanceof Blob || body instanceof FormData;
  const isTaken = isStream(body) || (isWhole && !isRewritten && onUploadProgress === undefined);
  const taken = isTaken ? asItIsNow(body as NonNullable<RequestInit["body"]>) : undefined;
  return {
    ...options,
    ...(timeout !== undefined && { timeLimitMs: timeout }),
    ...(onDownloadProgress !== undefined && { onDownload: onDownloadProgress }),
    ...(retry !== undefined && { retry: asRetryOptions(retry) }),
    // Whose body takes the place of what the client it comes from would send takes the place of all of it.
    ...((body !== undefined || json !== undefined) && { givenBody: undefined }),
    ...(isTaken && { body: null, givenBody: () => taken }),
    ...(isStream(body) && { retry: 0 }),
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
