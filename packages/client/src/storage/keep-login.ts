import { formatKey, StoreError, type Credential, type CredentialKey, type CredentialStore } from "@org/auth-core";
import type { Rung, Storage } from "./storage.ts";

/**
 * Keeps a new login in the storage's home, then takes away what other rungs have under its key, so that there is one
 * login of that name. Resolves with the rungs that could not be cleared: their old login is not used as long as the new
 * one is there.
 */
export async function keepLogin(
  { home, rungs, mutex }: Storage,
  key: CredentialKey,
  login: Credential,
): Promise<readonly Rung[]> {
  return await mutex.run(formatKey(key), async () => {
    await home.store.update(key, () => login);
    const uncleared: Rung[] = [];
    for (const rung of rungs) {
      if (rung === home || !(await has(rung.store, key))) continue;
      await rung.store.update(key, () => undefined).catch(() => uncleared.push(rung));
    }
    return uncleared;
  });
}

/** Writes, reads and removes something that is no login, and rejects with {@link StoreError} when that does not work. */
export async function probeStore({ home, mutex }: Storage, probe: Credential): Promise<void> {
  const key: CredentialKey = { issuer: "probe:", clientId: "probe", profile: "probe" };
  await mutex.run(formatKey(key), async () => {
    await home.store.update(key, () => probe);
    const back = await home.store.read(key);
    await home.store.update(key, () => undefined);
    if (back?.kind !== probe.kind)
      throw new StoreError("store_unavailable", `the ${home.kind} store loses what it is given`);
  });
}

/** Whether a store lists a key: that needs no key to a seal. */
async function has(store: CredentialStore, key: CredentialKey): Promise<boolean> {
  const name = formatKey(key);
  return (await store.list()).some((listed) => formatKey(listed) === name);
}
