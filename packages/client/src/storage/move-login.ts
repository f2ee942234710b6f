import { formatKey, type Credential, type CredentialKey } from "@org/auth-core";
import { requireSame } from "./require-same.ts";
import type { Rung, Storage } from "./storage.ts";
import type { StoreKind } from "./store-kind.ts";

/** One login that goes from one rung to another. */
export interface Move {
  readonly key: CredentialKey;
  readonly from: StoreKind;
  readonly to: StoreKind;
}

/** What there is to be moved to a rung: all that is kept on others. */
export async function plannedMoves(storage: Storage, to: StoreKind): Promise<readonly Move[]> {
  const moves: Move[] = [];
  for (const { kind: from, store } of storage.rungs) {
    if (from === to) continue;
    for (const key of await store.list()) moves.push({ key, from, to });
  }
  return moves;
}

/**
 * Moves a login to another rung: written there, read back and compared, and only then taken away from where it was. When
 * it is interrupted the login is whole in one of the two or in both, and the next move completes it. Rejects with
 * {@link StoreError}, and leaves the old copy, when the new one is not the same.
 */
export async function moveLogin(storage: Storage, { key, from, to }: Move): Promise<void> {
  const source = rungOfKind(storage, from);
  const target = rungOfKind(storage, to);
  await storage.mutex.run(formatKey(key), async () => {
    const login = await source.store.read(key);
    if (login === undefined) return; // Someone has signed out, or moved it, meanwhile.
    const present = await target.store.read(key);
    if (present === undefined || !isNewer(present, login)) {
      await target.store.update(key, () => login);
      try {
        requireSame(login, await target.store.read(key), to);
      } catch (error) {
        await target.store.update(key, () => present); // It might be found in place of the whole one.
        throw error;
      }
    }
    await source.store.update(key, () => undefined);
  });
}

/** Of two copies that an interrupted move has left, one may have been renewed since. */
function isNewer(a: Credential, b: Credential): boolean {
  if (a.kind !== "token-set" || b.kind !== "token-set") return false;
  return a.obtainedAtMs > b.obtainedAtMs || (a.obtainedAtMs === b.obtainedAtMs && a.generation > b.generation);
}

function rungOfKind({ rungs }: Storage, kind: StoreKind): Rung {
  const rung = rungs.find((rung) => rung.kind === kind);
  if (rung === undefined) throw new TypeError(`this storage has no ${kind} store`);
  return rung;
}
