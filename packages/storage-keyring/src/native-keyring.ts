import { exitDespite } from "./exit-despite.ts";
import type { KeytarLike } from "./keytar-like.ts";
import { pinned } from "./pinned.ts";

/**
 * The operating system's keyring through `@napi-rs/keyring`, which is loaded by the first call. It rejects with the
 * binding's own errors, and makes one call at a time: of several that ask to have a keyring unlocked, gnome-keyring
 * answers one.
 *
 * A service that hangs stops the whole thread for two seconds while an entry is opened, however asynchronous the call
 * is. One that waits for a person never answers, and `findCredentials` and `findPassword` do not even while it hangs.
 */
export function nativeKeyring(): KeytarLike {
  const underWay = exitDespite();
  let last: Promise<unknown> = Promise.resolve();

  function inTurn<Result>(call: (binding: typeof import("@napi-rs/keyring")) => Promise<Result>): Promise<Result> {
    const turn = last.then(async () => await underWay(call(await import("@napi-rs/keyring"))));
    last = turn.catch(ignore);
    return turn;
  }

  const find = (service: string) => inTurn(async ({ findCredentialsAsync }) => await findCredentialsAsync(service));
  return {
    getPassword: (service, account) =>
      inTurn(async ({ AsyncEntry }) => await new AsyncEntry(service, account, pinned).getPassword()),
    setPassword: (service, account, password) =>
      inTurn(async ({ AsyncEntry }) => await new AsyncEntry(service, account, pinned).setPassword(password)),
    deletePassword: (service, account) =>
      inTurn(async ({ AsyncEntry }) => await new AsyncEntry(service, account, pinned).deletePassword()),
    findPassword: async (service) => (await find(service))[0]?.password ?? null,
    findCredentials: find,
  };
}

function ignore(): void {
  // It is its caller who hears of it.
}
