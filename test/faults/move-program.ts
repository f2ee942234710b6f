// Moves the only login that is kept elsewhere to the store that it is told, and is killed half way: `move-program.ts
// KIND MOMENT`, where the moment is when the new copy is written, or when it has been read back and the old one is to go.
import { moveLogin, openStorage, plannedMoves, storeKinds, type Rung, type Storage } from "@org/auth-client/source";
import type { CredentialStore } from "@org/auth-core";

const [, , name, moment] = process.argv;
const to = storeKinds.find((kind) => kind === name);
if (to === undefined) throw new TypeError("there is no such store");

const whole = openStorage({ kind: to, isWhole: true });
const [move, ...others] = await plannedMoves(whole, to);
if (move === undefined || others.length > 0) throw new TypeError("there is not one login to move");
const rungs = whole.rungs.map((rung): Rung => ({ ...rung, store: deadly(rung.store, rung.kind === to) }));
const storage: Storage = { ...whole, rungs };
await moveLogin(storage, move);

function deadly(store: CredentialStore, isTarget: boolean): CredentialStore {
  return {
    ...store,
    async update(key, change) {
      if (!isTarget) await dieAt("before the old one goes");
      const kept = await store.update(key, change);
      if (isTarget) await dieAt("once the new one is there");
      return kept;
    },
  };
}

async function dieAt(here: string): Promise<void> {
  if (here !== moment) return;
  process.kill(process.pid, "SIGKILL");
  await new Promise(() => undefined);
}
