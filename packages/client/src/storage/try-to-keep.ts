import type { Credential, CredentialStore } from "@org/auth-core";
import { probeKey } from "./probe-key.ts";
import { requireSame } from "./require-same.ts";
import type { StoreKind } from "./store-kind.ts";

/**
 * Writes, reads and removes something that is no login. Rejects with {@link StoreError} as the store does, and with
 * `store_unavailable` where it does not give back what it was given.
 */
export async function tryToKeep(
  store: CredentialStore,
  probe: Credential,
  kind: StoreKind | "credential",
): Promise<void> {
  const key = probeKey();
  await store.update(key, () => probe);
  const back = await store.read(key);
  await store.update(key, () => undefined);
  requireSame(probe, back, kind);
}
