import {
  formatKey,
  isAuthError,
  type AuthError,
  type AuthErrorCode,
  type Credential,
  type CredentialKey,
} from "@org/auth-core";
import { tryToKeep } from "./try-to-keep.ts";
import type { Rung, Storage } from "./storage.ts";

/**
 * Keeps a new login in the storage's home, then takes away what other rungs have under its key: there is one login of a
 * name, in one place. `make` says what it is to be, while nobody else can change what is kept; it gets the
 * {@link replacedLogin}, and what it throws is passed on.
 *
 * Rejects with {@link StoreError}, where any rung has something under that key that cannot be read too: what is corrupt
 * has then been put aside, and what a newer release wrote stays. {@link clearUnreadable} does that before. Whatever it
 * rejects with, the {@link replacedLogin} is where it was, and the new one nowhere.
 */
export async function keepLogin<Login extends Credential>(
  storage: Storage,
  key: CredentialKey,
  make: (replaced: Credential | undefined) => Login | Promise<Login>,
): Promise<Login> {
  const { home, rungs, mutex } = storage;
  return await mutex.run(formatKey(key), async () => {
    for (const rung of rungs) await requireReadable(rung, key, home);
    const replaced = await whereReplaced(rungs, key);
    const login = await make(replaced?.login);
    let before: Credential | undefined;
    await home.store.update(key, (current) => {
      before = current;
      return login;
    });
    try {
      const others = rungs.filter((rung) => rung !== home && rung !== replaced?.rung);
      for (const rung of others) await rung.forget(key);
      // The last, so that nothing that fails can come after it.
      if (replaced !== undefined && replaced.rung !== home) await replaced.rung.forget(key);
    } catch (error) {
      // Otherwise there would be two, and the caller thinks that there is but the old one.
      await home.store.update(key, () => before);
      throw error;
    }
    return login;
  });
}

/** The login that {@link keepLogin} would replace. `undefined`: there is none that can be read. */
export async function replacedLogin({ rungs }: Storage, key: CredentialKey): Promise<Credential | undefined> {
  return (await whereReplaced(rungs, key))?.login;
}

/**
 * Puts what cannot be read under a key aside, on every rung, so that a new login can take its place. Gives the errors that
 * tell what it was and where it is now. Rejects with {@link StoreError} (`store_newer`) when a newer release wrote it: it
 * stays.
 */
export async function clearUnreadable(storage: Storage, key: CredentialKey): Promise<readonly AuthError[]> {
  const { home, rungs, mutex } = storage;
  return await mutex.run(formatKey(key), async () => {
    const cleared: AuthError[] = [];
    for (const rung of rungs) {
      await requireReadable(rung, key, home).catch((error: unknown) => {
        if (!isAuthError(error) || !putAside.has(error.code)) throw error;
        cleared.push(error);
      });
    }
    return cleared;
  });
}

/**
 * Has a login ended, then removes it from every rung. `end` gets the last there is, which nobody can renew or replace
 * meanwhile; where there is none it is not called.
 *
 * Rejects with {@link StoreError}, for a login that cannot be opened too and for what cannot be read beside it, and as
 * `end` does; then nothing is removed.
 */
export async function endLogin(
  { rungs, mutex }: Storage,
  key: CredentialKey,
  end: (login: Credential) => Promise<void>,
): Promise<void> {
  await mutex.run(formatKey(key), async () => {
    let login: Credential | undefined;
    for (const { store } of rungs) {
      try {
        const kept = await store.read(key);
        login ??= kept;
      } catch (error) {
        if (login === undefined || mustStay(error)) throw error;
      }
    }
    if (login !== undefined) await end(login);
    for (const rung of rungs) await rung.forget(key);
  });
}

/** Removes a login from every rung, whether it can be opened or not. */
export async function forgetLogin({ rungs, mutex }: Storage, key: CredentialKey): Promise<void> {
  await mutex.run(formatKey(key), async () => {
    for (const rung of rungs) await rung.forget(key);
  });
}

/**
 * Writes, reads and removes something that is no login, and rejects with {@link StoreError} when that does not work. What
 * probes that were killed have left goes too.
 */
export async function probeStore({ home, mutex }: Storage, probe: Credential): Promise<void> {
  // A lock must be had too. It is not held while a person is asked to open their keyring: others would wait for that.
  await mutex.run("probe", () => home.sweep());
  await tryToKeep(home.store, probe, home.kind);
}

/**
 * Rejects for what must not be overwritten nor removed, and has it put aside if that can be. What only lacks a key or a
 * passphrase to be read is whole; a new login may take its place from another rung.
 */
async function requireReadable({ store, kind }: Rung, key: CredentialKey, home: Rung): Promise<void> {
  try {
    await store.update(key, (current) => current);
  } catch (error) {
    if (!isAuthError(error) || kind === home.kind || mustStay(error)) throw error;
  }
}

/** What a change of a store puts aside. */
const putAside: ReadonlySet<AuthErrorCode> = new Set(["store_corrupt", "store_tampered"]);

function mustStay(error: unknown): boolean {
  return isAuthError(error) && (putAside.has(error.code) || error.code === "store_newer");
}

async function whereReplaced(
  rungs: readonly Rung[],
  key: CredentialKey,
): Promise<{ readonly rung: Rung; readonly login: Credential } | undefined> {
  for (const rung of rungs) {
    const login = await readable(rung.store.read(key));
    if (login !== undefined) return { rung, login };
  }
  return undefined;
}

async function readable(read: Promise<Credential | undefined>): Promise<Credential | undefined> {
  try {
    return await read;
  } catch (error) {
    if (isAuthError(error)) return undefined;
    throw error;
  }
}
