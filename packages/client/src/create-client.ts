import type { TokenSource } from "@org/auth-core";
import ky, { type KyInstance, type Options as KyOptions } from "ky";
import { authorizedFetch } from "./authorized-fetch.ts";
import { defaultSource } from "./default-source.ts";
import type { ResolveOptions } from "./resolve.ts";

export interface ClientOptions extends ResolveOptions {
  /** The API's base URL. `users` is found below its path, `/users` below its origin, which is where tokens may go. */
  readonly baseUrl: string;
  /** More origins where tokens may go. Default: none. */
  readonly origins?: readonly string[] | undefined;
  /** Makes the tokens. Default: {@link defaultSource} with these options. */
  readonly source?: TokenSource | undefined;
  /** ky's own options. Its `baseUrl` and `fetch` are this function's business. */
  readonly ky?: Omit<KyOptions, "baseUrl" | "fetch" | "prefix"> | undefined;
}

/**
 * A [ky](https://github.com/sindresorhus/ky) instance whose every request carries the right token: ky on top of
 * {@link authorizedFetch}, so a refused token is replaced and the request replayed beneath ky's own retries.
 *
 * Nothing is looked up, read or loaded before the first request. Requests reject as ky's do, and with what the source
 * rejects with. Throws `TypeError` when `baseUrl` is not `https:`, nor `http:` on the loopback.
 */
export function createClient(options: ClientOptions): KyInstance {
  const { baseUrl, origins = [], source = defaultSource({ apiUrl: baseUrl, ...options }), fetch } = options;
  return ky.create({
    totalTimeout: 60_000,
    ...options.ky,
    retry: { maxRetryAfter: 30_000, ...asRetryOptions(options.ky?.retry) },
    baseUrl: baseUrl.endsWith("/") ? baseUrl : `${baseUrl}/`,
    fetch: authorizedFetch(source, { origins: [baseUrl, ...origins], fetch }),
  });
}

function asRetryOptions(retry: KyOptions["retry"]): Exclude<KyOptions["retry"], number | undefined> {
  return typeof retry === "number" ? { limit: retry } : (retry ?? {});
}
