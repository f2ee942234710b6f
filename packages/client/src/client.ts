import { isError } from "@org/auth-core";
import type { Input, KyInstance, Options, ResponsePromise } from "ky";
import type { ClientAccount } from "./client-account.ts";

/** A ky instance for one API. */
export interface Client extends KyInstance {
  /**
   * Who has signed in: as the login was kept, else by the server's userinfo endpoint, if the token is good for `openid`.
   * Asked for once. Empty: nobody, because there is no credential or it is a machine's, or nobody knows.
   */
  account(): Promise<ClientAccount>;
  /** Another client of the same API, as ky's `extend` makes it. */
  extend(options: Parameters<KyInstance["extend"]>[0]): Client;
}

/** Makes a client of a ky instance. A request that cannot be made throws `TypeError`, which repeats none of it. */
export function clientOf(instance: KyInstance, account: Client["account"]): Client {
  const { get, post, put, patch, head, delete: remove, query } = instance;
  return Object.assign(quiet(instance), {
    ...instance,
    get: quiet(get),
    post: quiet(post),
    put: quiet(put),
    patch: quiet(patch),
    head: quiet(head),
    delete: quiet(remove),
    query: quiet(query),
    extend: (options: Parameters<Client["extend"]>[0]) => clientOf(instance.extend(options), account),
    account,
  });
}

/** The runtime's own errors quote the address and headers that they find fault with. */
function quiet(
  send: <T>(input: Input, options?: Options) => ResponsePromise<T>,
): <T>(input: Input, options?: Options) => ResponsePromise<T> {
  return <T>(input: Input, options?: Options) => {
    try {
      return send<T>(input, options);
    } catch (error) {
      if (!isError(error) || error.name !== "TypeError") throw error;
      throw new TypeError("the request cannot be made: its address, a header or an option is not valid");
    }
  };
}
