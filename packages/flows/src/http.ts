import type { AuthErrorCode, OnEvent } from "@org/auth-core";
import { allowInsecureRequests, customFetch, type DPoPHandle } from "oauth4webapi";
import { withDeadline } from "./deadline.ts";
import { nonceOf } from "./dpop-nonce.ts";
import { isLoopbackHttp } from "./endpoint-url.ts";
import { retryAfterMs } from "./retry-after.ts";
import { failure, translateError, translateFetchError, type Task } from "./translate-error.ts";
import { withoutSent } from "./without-sent.ts";

/** How requests to the authorization server are made. */
export interface HttpOptions {
  /** Default: the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** How long one request may take, its whole answer included, in milliseconds. Default: 10,000. */
  readonly timeoutMs?: number | undefined;
  /** Stops whatever is going on; the flow then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Tokens are asked for, and revoked, by JSON objects: for servers that do not read forms. Default: false. */
  readonly jsonTokenRequests?: boolean | undefined;
  /** What to call oneself to the server. A browser says its own name instead. Default: `org-auth`. */
  readonly userAgent?: string | undefined;
  /** How far the server's clock may be from ours where an ID token is checked, in milliseconds. Default: 60,000. */
  readonly clockToleranceMs?: number | undefined;
  /** Milliseconds since 1970. Default: `Date.now`. */
  readonly now?: (() => number) | undefined;
  /** Told when our clock and the server's are far apart. */
  readonly onEvent?: OnEvent | undefined;
}

/** What each request function of oauth4webapi is given. */
export interface RequestOptions {
  readonly [customFetch]: (url: string, init: FetchInit) => Promise<Response>;
  readonly [allowInsecureRequests]: boolean;
  /** Signs a proof for the request. Absent: none is sent. */
  readonly DPoP?: DPoPHandle;
}

interface FetchInit {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body?: URLSearchParams | string | undefined;
}

const maxBodyBytes = 1024 * 1024;
const nullBodyStatuses: readonly number[] = [204, 205];

/**
 * Runs the part of a flow that sends one request to `url`, which has been checked. Errors come out translated.
 *
 * The answer is read whole, in bounded time and size, and holds only its address, its status, its content type, when it
 * was made, its wish to be left alone for a time (in seconds), its nonce for proofs and its body, in whose
 * `error_description` no secret of the request is repeated.
 * `fallback` is the code of an error that says no more than that the answer is bad.
 */
export async function exchange<Result>(
  task: Task,
  url: string,
  http: HttpOptions,
  work: (options: RequestOptions) => Promise<Result>,
  fallback?: AuthErrorCode,
): Promise<Result> {
  const { signal } = http;
  signal?.throwIfAborted();
  try {
    return await work({
      [customFetch]: (requestUrl, init) => boundedFetch(task, http, requestUrl, init),
      [allowInsecureRequests]: isLoopbackHttp(url),
    });
  } catch (error) {
    signal?.throwIfAborted();
    throw translateError(error, task, fallback);
  }
}

async function boundedFetch(task: Task, http: HttpOptions, url: string, init: FetchInit): Promise<Response> {
  const { fetch = globalThis.fetch, timeoutMs = 10_000, userAgent = "org-auth", signal: callers } = http;
  const { host } = new URL(url);
  const headers = { ...init.headers };
  // Absent: this is a browser, which sends its own.
  if (headers["user-agent"] !== undefined) headers["user-agent"] = userAgent;

  try {
    return await withDeadline(
      async (signal) => {
        const response = await fetch(url, {
          method: init.method,
          headers,
          body: init.body ?? null,
          redirect: "manual",
          signal,
        });
        // Following it would send a secret wherever the answer says. Browsers hide the status and show 0.
        if (response.status < 200 || (response.status >= 300 && response.status < 400)) {
          void response.body?.cancel().catch(ignore);
          throw failure(task, "bad_response", `${host} redirects elsewhere, which is not followed`);
        }
        const body = withoutSent(await readBounded(response, task, host), { headers, body: init.body });
        const type = response.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
        const wait = retryAfterMs(response.headers);
        const nonce = nonceOf(response.headers);
        const date = response.headers.has("age") ? null : response.headers.get("date"); // Else it is out of a cache.
        const answer = new Response(nullBodyStatuses.includes(response.status) ? null : body, {
          status: response.status,
          headers: {
            ...(type !== undefined && { "content-type": type }),
            ...(date !== null && { date }),
            ...(wait !== undefined && { "retry-after": String(Math.ceil(wait / 1000)) }),
            ...(nonce !== undefined && { "dpop-nonce": nonce }),
          },
        });
        return Object.defineProperty(answer, "url", { value: url }); // One that is made has none of its own.
      },
      {
        timeoutMs,
        signal: callers,
        timeoutError: () => failure(task, "timeout", `${host} did not answer in full within ${timeoutMs} ms`),
      },
    );
  } catch (error) {
    callers?.throwIfAborted();
    throw translateFetchError(error, task, host);
  }
}

/** The whole body, decompressed. Rejects as soon as it is too long, so that no server fills the memory. */
async function readBounded(response: Response, task: Task, host: string): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader: ReadableStreamDefaultReader<Uint8Array> | undefined = response.body?.getReader(); // Not every browser can iterate over a stream.
  for (let part = await reader?.read(); part?.done === false; part = await reader?.read()) {
    length += part.value.byteLength;
    if (length > maxBodyBytes) {
      void reader?.cancel().catch(ignore);
      throw failure(task, "bad_response", `${host} answered with more than 1 MiB`);
    }
    chunks.push(part.value);
  }
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return whole;
}

function ignore(): void {
  // The connection is given up anyhow.
}
