import { isError } from "@org/auth-core";
import type { Input, KyInstance, Options, ResponsePromise } from "ky";
import type { ClientAccount } from "./client-account.ts";
import { schemaError } from "./client-errors.ts";
import { ownOptions, rewrites, type CallOptions, type OwnOptions } from "./own-options.ts";

/** A ky instance for one API. */
export interface Client extends KyInstance {
  /**
   * Who has signed in: as the login was kept, else by the server's userinfo endpoint, if the token is good for `openid`.
   * Asked for once. Empty: nobody, because there is no credential or it is a machine's, or nobody knows.
   */
  account(): Promise<ClientAccount>;
  /**
   * Another client of the same API, as ky's `extend` makes it. Throws `TypeError` for `baseUrl`, `prefix` and `fetch`, as a
   * request does: where its requests go, and what carries them, a client has from `createClient`.
   */
  extend(options: Extension): Client;
  /** Not here: it would make an instance of ky alone, without credentials. Throws `TypeError`. */
  create: never;
}

export interface ClientParts {
  /** What paths are resolved against. */
  readonly baseUrl: string;
  readonly account: Client["account"];
  /** Hooks may put another request in place of the one that was made. */
  readonly isRewritten: boolean;
}

/** Makes a client of a ky instance. A request that cannot be made throws `TypeError`, which repeats none of it. */
export function clientOf(instance: KyInstance, parts: ClientParts): Client {
  const { get, post, put, patch, head, delete: remove, query } = instance;
  const ours = (send: Send): Send => prepared(send, parts);
  return Object.assign(ours(instance), {
    ...instance,
    get: ours(get),
    post: ours(post),
    put: ours(put),
    patch: ours(patch),
    head: ours(head),
    delete: ours(remove),
    query: ours(query),
    extend: (given: Extension) => {
      let { isRewritten } = parts;
      const extension = (options: CallOptions): Options => {
        isRewritten ||= rewrites(options);
        return ownOptions(options, isRewritten);
      };
      const extended = instance.extend(
        typeof given === "function" ? (parent) => extension(given(shown(parent))) : extension(given),
      );
      return clientOf(extended, { ...parts, isRewritten });
    },
    create: (): never => {
      throw new TypeError("createClient makes another client");
    },
    account: parts.account,
  }) as Client;
}

type Extension = Parameters<KyInstance["extend"]>[0];

/** What a caller's function is shown of the options that it extends: as a caller would have said them. */
function shown({ fetch: _fetch, timeLimitMs, onDownload, ...options }: Options & OwnOptions): CallOptions {
  return {
    ...options,
    ...(timeLimitMs !== undefined && { timeout: timeLimitMs }),
    ...(onDownload !== undefined && { onDownloadProgress: onDownload }),
  };
}

type Send = <T>(input: Input, options?: Options) => ResponsePromise<T>;

/** ky makes a whole `Request` to resolve a path, so that is done here. */
function prepared(send: Send, { baseUrl, isRewritten }: ClientParts): Send {
  return <T>(input: Input, options?: Options) => {
    const own = options && ownOptions(options, isRewritten || rewrites(options));
    try {
      const url = typeof input === "string" ? new URL(input, baseUrl) : input;
      return withOwnErrors(send<T>(url, own));
    } catch (error) {
      // The runtime's own errors quote the address and headers that they find fault with.
      if (!isError(error) || error.name !== "TypeError") throw error;
      throw new TypeError("the request cannot be made: its address, a header, its body or an option is not valid");
    }
  };
}

/** What a schema finds fault with would be shown; it is found after all hooks have run. */
function withOwnErrors<T>(sent: ResponsePromise<T>): ResponsePromise<T> {
  const { json } = sent;
  const checked = async (schema: Parameters<typeof json>[0]): Promise<unknown> => {
    try {
      return await json(schema);
    } catch (error) {
      throw schemaError(error);
    }
  };
  return Object.assign(sent, { json: (schema?: Parameters<typeof json>[0]) => (schema ? checked(schema) : json()) });
}
