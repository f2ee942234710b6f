import { formatKey, StoreError, type Credential, type CredentialKey } from "@org/auth-core";
import type { Storage } from "./storage.ts";

/**
 * Keeps a new login in the storage's home, then takes away what other rungs have under its key: there is one login of a
 * name, in one place. Rejects with {@link StoreError}, and then the old one is where it was.
 */
export async function keepLogin(storage: Storage, key: CredentialKey, login: Credential): Promise<void> {
  const { home, rungs, mutex } = storage;
  await mutex.run(formatKey(key), async () => {
    await home.store.update(key, () => login);
    for (const rung of rungs) if (rung !== home) await rung.forget(key);
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
  const key: CredentialKey = { issuer: "probe:", clientId: "probe", profile: "probe" };
  await mutex.run(formatKey(key), async () => {
    await home.store.update(key, () => probe);
    const back = await home.store.read(key);
    await home.store.update(key, () => undefined);
    if (back?.kind === probe.kind) return;
    throw new StoreError("store_unavailable", `the ${home.kind} store loses what it is given`);
  });
}
