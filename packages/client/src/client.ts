import { isError } from "@org/auth-core";
import type { Input, KyInstance, Options, ResponsePromise, StandardSchemaV1 } from "ky";
import { asSchemaSays } from "./as-schema-says.ts";
import type { ClientAccount } from "./client-account.ts";
import { ownOptions, rewrites, type CallOptions, type OwnOptions } from "./own-options.ts";
import { notJson } from "./parse-answer.ts";

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
    account: parts.account,
  });
}

type Extension = Parameters<KyInstance["extend"]>[0];

/** What a caller's function is shown of the options that it extends: as a caller would have said them. */
function shown({ fetch: _fetch, timeLimitMs, ...options }: Options & OwnOptions): CallOptions {
  return { ...options, ...(timeLimitMs !== undefined && { timeout: timeLimitMs }) };
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
      throw new TypeError("the request cannot be made: its address, a header or an option is not valid");
    }
  };
}

/** The parser's own errors quote what they find fault with, and a schema's name it. */
function withOwnErrors<T>(sent: ResponsePromise<T>): ResponsePromise<T> {
  const { json } = sent;
  async function parsed(): Promise<unknown> {
    try {
      return await json();
    } catch (error) {
      // ky's `parseJson` would do it too, but for that each response holds on to all of its request.
      if (!isError(error) || error.name !== "SyntaxError") throw error;
      const response = await sent;
      if (response.status === 204) return undefined;
      throw notJson(response);
    }
  }
  return Object.assign(sent, {
    json: (schema?: StandardSchemaV1) => (schema === undefined ? parsed() : asSchemaSays(schema, parsed())),
  });
}
