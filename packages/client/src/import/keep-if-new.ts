import { formatKey, type Credential, type CredentialKey } from "@org/auth-core";
import type { Storage } from "../storage/storage.ts";

/** Keeps a login in the storage's home, unless something is kept under its key anywhere. Gives whether it was kept. */
export async function keepIfNew(
  { home, rungs, mutex }: Storage,
  key: CredentialKey,
  login: Credential,
): Promise<boolean> {
  return await mutex.run(formatKey(key), async () => {
    for (const rung of rungs) if ((await rung.store.read(key)) !== undefined) return false;
    await home.store.update(key, () => login);
    return true;
  });
}
