import { formatKey, type CredentialKey, type CredentialStore, type Mutex } from "@org/auth-core";
import { isProbe } from "./probe-key.ts";
import type { StoreKind } from "./store-kind.ts";

/** One place where logins are kept. It takes no lock of its own: the {@link Storage} has one for all of them. */
export interface Rung {
  readonly kind: StoreKind;
  readonly store: CredentialStore;
  /** Removes a login without opening it, for which a key or a passphrase may be missing. */
  readonly forget: (key: CredentialKey) => Promise<void>;
  /** Removes what those have left who were killed while they tried it. */
  readonly sweep: () => Promise<void>;
}

/** All places where a person's logins are kept, and the one where new ones go. */
export interface Storage {
  /** Where new logins go. */
  readonly home: Rung;
  /** Why there: somebody asked for it, or it is the default. */
  readonly reason: "asked" | "default";
  /** Where logins are looked for, in this order: what needs least to be read comes first. `home` is one of them. */
  readonly rungs: readonly Rung[];
  /** Keeps other processes from a login, wherever it is kept. */
  readonly mutex: Mutex;
}

/**
 * All rungs as one store: a login is read, renewed and forgotten where it is kept, and what is kept nowhere yet goes to
 * the storage's home.
 */
export function ladderStore({ home, rungs, mutex }: Storage): CredentialStore {
  return {
    async read(key) {
      const rung = await rungOf(rungs, key);
      return await rung?.store.read(key);
    },
    async update(key, change) {
      const work = async () => ((await rungOf(rungs, key)) ?? home).store.update(key, change);
      // A probe's key is nobody else's, and the file of its lock would stay.
      return isProbe(key) ? await work() : await mutex.run(formatKey(key), work);
    },
    async list() {
      const keys = (await Promise.all(rungs.map(({ store }) => store.list()))).flat();
      return [...new Map(keys.map((key) => [formatKey(key), key])).values()];
    },
  };
}

/** Where a login is kept. `undefined`: nowhere. */
export async function locate({ rungs }: Storage, key: CredentialKey): Promise<StoreKind | undefined> {
  return (await rungOf(rungs, key))?.kind;
}

async function rungOf(rungs: readonly Rung[], key: CredentialKey): Promise<Rung | undefined> {
  for (const rung of rungs) if ((await rung.store.read(key)) !== undefined) return rung;
  return undefined;
}
