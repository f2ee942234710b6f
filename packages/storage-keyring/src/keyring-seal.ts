import { memoryMutex, StoreError, type Mutex, type Seal } from "@org/auth-core";
import { aesSeal } from "@org/auth-core/storage";
import { boundedKeyring } from "./bounded-keyring.ts";
import type { KeytarLike } from "./keytar-like.ts";
import { readEntry } from "./read-entry.ts";
import { formatSealKey, parseSealKey, sealAccount } from "./seal-key.ts";
import { systemKeyring } from "./system-keyring.ts";

export interface KeyringSealOptions {
  /** The name of the product, under which the keyring keeps the key. */
  readonly service: string;
  /** Which of the product's keys. Default: `seal-key`. */
  readonly account?: string | undefined;
  /** Default: `systemKeyring`. */
  readonly keyring?: KeytarLike | undefined;
  /** How long one call to the keyring may take, in milliseconds. Default: the keyring's own, or 3,000. */
  readonly timeoutMs?: number | undefined;
  /** Keeps other processes from making a key at the same time. Default: only this process is kept. */
  readonly mutex?: Mutex | undefined;
  /**
   * Asked before a key is made. Say `false` while anything is kept that was sealed with the one before: what is sealed
   * with a new key would stand beside what no key opens. Default: always `true`.
   */
  readonly mayCreateKey?: (() => boolean | Promise<boolean>) | undefined;
  /** Forget a key that is made, and what it sealed, with this seal: to try a store and leave nothing. Default: false. */
  readonly isTrial?: boolean | undefined;
  /** What to do when the key is lost, for the error's `hint`. Default: to restore the keyring, or begin anew. */
  readonly lostHint?: string | undefined;
  /** Fills bytes with chance that nobody can guess. Default: `crypto.getRandomValues`. */
  readonly fillRandom?: ((bytes: Uint8Array<ArrayBuffer>) => void) | undefined;
}

/**
 * A seal whose key, 32 bytes drawn at random, is an entry of the operating system's keyring: one small entry, however
 * much is sealed. The keyring is asked once, when something is first sealed or opened, and again after it failed.
 *
 * Only sealing makes a key. Opening never does: what is sealed can only be opened with the key that is gone, and a new
 * one in its place would hide that. Rejects with {@link StoreError}: what {@link boundedKeyring} rejects with,
 * `store_corrupt` when the entry is not such a key (it is left as it is), and `store_unavailable` when the key is gone.
 */
export function keyringSeal(options: KeyringSealOptions): Seal {
  const { service, account = sealAccount, timeoutMs, mutex = memoryMutex(), mayCreateKey = () => true } = options;
  const { fillRandom = (bytes: Uint8Array<ArrayBuffer>) => void crypto.getRandomValues(bytes) } = options;
  const { lostHint = "restore the keyring, or remove what was sealed and sign in again" } = options;
  const keyring = boundedKeyring(options.keyring ?? systemKeyring({ timeoutMs }), { timeoutMs });
  let held: Uint8Array<ArrayBuffer> | undefined;

  async function find(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const text = await readEntry(keyring, service, account);
    if (text === undefined) return undefined;
    const key = parseSealKey(text);
    if (key === undefined) throw corrupt(service, account);
    return key;
  }

  async function create(): Promise<Uint8Array<ArrayBuffer>> {
    const key = new Uint8Array(32);
    fillRandom(key);
    if (options.isTrial === true) return key;
    await keyring.setPassword(service, account, formatSealKey(key));
    const kept = await find(); // Whatever is there is the key, also for all others.
    if (kept === undefined) throw new StoreError("store_unavailable", "the keyring did not keep the key it was given");
    return kept;
  }

  async function findOrCreate(): Promise<Uint8Array<ArrayBuffer>> {
    const key = await find();
    if (key !== undefined) return key;
    return await mutex.run("keyring-seal", async () => {
      const others = await find();
      if (others !== undefined) return others;
      if (!(await mayCreateKey())) throw lost();
      return await create();
    });
  }

  function lost(): StoreError {
    const what = `the key ${account} of ${service} is not in the keyring any more`;
    return new StoreError("store_unavailable", what, { hint: lostHint });
  }

  const toSeal = aesSeal(async () => (held ??= await findOrCreate()), { fillRandom });
  const toOpen = aesSeal(async () => {
    held ??= await find();
    if (held === undefined) throw lost();
    return held;
  });
  return { seal: toSeal.seal, open: toOpen.open };
}

function corrupt(service: string, account: string): StoreError {
  return new StoreError("store_corrupt", `the entry ${account} of ${service} in the keyring is not a key`, {
    hint: "restore it from a backup; without it what is sealed cannot be opened",
  });
}
