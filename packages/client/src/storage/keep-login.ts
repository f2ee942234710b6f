import {
  formatKey,
  isAuthError,
  type AuthError,
  type AuthErrorCode,
  type Credential,
  type CredentialKey,
} from "@org/auth-core";
import { probeKey } from "./probe-key.ts";
import { requireSame } from "./require-same.ts";
import type { Rung, Storage } from "./storage.ts";

/**
 * Keeps a new login in the storage's home, then takes away what other rungs have under its key: there is one login of a
 * name, in one place. `make` says what it is to be, while nobody else can change what is kept; it gets the
 * {@link replacedLogin}, and what it throws is passed on.
 *
 * Rejects with {@link StoreError}, where any rung has something under that key that cannot be read too: what is corrupt
 * has then been put aside, and what a newer release wrote stays. {@link clearUnreadable} does that before. Whatever it
 * rejects with, the old login is where it was, and the new one nowhere.
 */
export async function keepLogin<Login extends Credential>(
  storage: Storage,
  key: CredentialKey,
  make: (replaced: Credential | undefined) => Login | Promise<Login>,
): Promise<Login> {
  const { home, rungs, mutex } = storage;
  return await mutex.run(formatKey(key), async () => {
    for (const rung of rungs) await requireReadable(rung, key, home);
    const login = await make(await replacedLogin(storage, key));
    let before: Credential | undefined;
    await home.store.update(key, (current) => {
      before = current;
      return login;
    });
    try {
      for (const rung of rungs) if (rung !== home) await rung.forget(key);
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
  return await firstOf(rungs, (rung) => readable(rung.store.read(key)));
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

/** Writes, reads and removes something that is no login, and rejects with {@link StoreError} when that does not work. */
export async function probeStore({ home, mutex }: Storage, probe: Credential): Promise<void> {
  const key = probeKey(home.kind);
  await mutex.run(formatKey(key), async () => {
    await home.forget(key); // One that was killed may have left it, sealed with a key that is gone.
    await home.store.update(key, () => probe);
    const back = await home.store.read(key);
    await home.store.update(key, () => undefined);
    requireSame(probe, back, home.kind);
  });
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

async function firstOf(
  rungs: readonly Rung[],
  read: (rung: Rung) => Promise<Credential | undefined>,
): Promise<Credential | undefined> {
  for (const rung of rungs) {
    const login = await read(rung);
    if (login !== undefined) return login;
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
