import { dirname } from "node:path";
import { memoryMutex, StoreError, type Mutex, type Seal } from "@org/auth-core";
import { aesSeal } from "@org/auth-core/storage";
import { atomicWrite } from "./atomic-write.ts";
import { makePrivateFolder, type OnWarning } from "./privacy.ts";
import { corruptFile, readPrivateFile } from "./read-private-file.ts";
import { storeFailure } from "./store-failure.ts";

export interface PassphraseSealOptions {
  /** Gives the passphrase. Asked when something is first sealed or opened, and again after that failed. */
  readonly passphrase: () => Promise<string>;
  /**
   * A file for the salt, which goes into the key beside the passphrase. It is no secret, but without it nothing can be
   * opened any more.
   */
  readonly path: string;
  /** Keeps other processes from making that file at the same time. Default: only this process is kept. */
  readonly mutex?: Mutex | undefined;
  /**
   * Asked before a salt is made. Say `false` while anything is kept that was sealed with the one before: what is sealed
   * with a new one would stand beside what no passphrase opens. Default: always `true`.
   */
  readonly mayCreateSalt?: (() => boolean | Promise<boolean>) | undefined;
  /** What to do when the salt is lost, for the error's `hint`. Default: to restore it from a backup. */
  readonly lostHint?: string | undefined;
  /** Forget a salt that is made, and what it sealed, with this seal: to try a store and leave nothing. Default: false. */
  readonly isTrial?: boolean | undefined;
  /** Told when others could reach that file, which has been made private. Default: nobody. */
  readonly onWarning?: OnWarning | undefined;
}

/** 2^16 blocks of 1 KiB: 64 MiB and some tenths of a second, once in a process. */
const cost = { N: 2 ** 16, r: 8, p: 1, maxmem: 2 ** 27 } as const;

/** The format this release writes. It refuses newer ones. */
const version = 1;

/** Sealed beside the salt, so that a wrong passphrase is told before anything is sealed with it. */
const checkText = "org-auth";

/**
 * A seal whose key is made from a passphrase by scrypt, with a salt that is drawn when something is first sealed. Opening
 * never makes one: what is sealed can only be opened with the salt that is gone, and a new one in its place would hide
 * that, and make whichever passphrase was typed the right one.
 *
 * Rejects with {@link StoreError}: `passphrase_wrong` when it is not the one that was used first, `store_corrupt` and
 * `store_newer` when the salt cannot be read, `store_unavailable` when it is gone, and with what `passphrase` rejects with.
 *
 * @see [RFC 7914](https://www.rfc-editor.org/rfc/rfc7914)
 */
export function passphraseSeal(options: PassphraseSealOptions): Seal {
  const { passphrase, path, mutex = memoryMutex(), mayCreateSalt = () => true, isTrial = false } = options;
  const { lostHint = restoreHint, onWarning = () => undefined } = options;
  let held: Key | undefined;

  async function find(words: string): Promise<Key | undefined> {
    const kept = readSalt(path, onWarning);
    if (kept === undefined) return undefined;
    const key = await derive(words, kept.salt);
    await requireSame(sealOf(key), kept.check);
    return key;
  }

  async function create(words: string): Promise<Key> {
    const salt = crypto.getRandomValues(Buffer.alloc(16));
    const key = await derive(words, salt);
    if (!isTrial) keepSalt(path, salt, await sealOf(key).seal(Buffer.from(checkText), checkText));
    return key;
  }

  async function findOrCreate(): Promise<Key> {
    const words = await passphrase();
    const key = await find(words);
    if (key !== undefined) return key;
    return await mutex.run("passphrase", async () => {
      const others = await find(words);
      if (others !== undefined) return others;
      if (!(await mayCreateSalt())) throw lost(path, lostHint);
      return await create(words);
    });
  }

  const toSeal = aesSeal(async () => (held ??= await findOrCreate()));
  const toOpen = aesSeal(async () => {
    held ??= await find(await passphrase());
    if (held === undefined) throw lost(path, lostHint);
    return held;
  });
  return { seal: toSeal.seal, open: toOpen.open };
}

type Key = Uint8Array<ArrayBuffer>;

function sealOf(key: Key): Seal {
  return aesSeal(() => Promise.resolve(key));
}

async function derive(words: string, salt: Uint8Array): Promise<Key> {
  const { scrypt } = await import("node:crypto");
  return await new Promise((resolve, reject) => {
    // The same passphrase may be typed in more than one way of writing an accent.
    scrypt(words.normalize("NFC"), salt, 32, cost, (error, key) => {
      if (error === null) resolve(new Uint8Array(key));
      else reject(error);
    });
  });
}

async function requireSame(seal: Seal, check: Uint8Array): Promise<void> {
  try {
    await seal.open(check, checkText);
  } catch {
    throw new StoreError("passphrase_wrong", "this is not the passphrase that the credentials were sealed with");
  }
}

interface Salt {
  readonly salt: Uint8Array;
  /** What shows that a passphrase is the right one. */
  readonly check: Uint8Array;
}

function readSalt(path: string, onWarning: OnWarning): Salt | undefined {
  const text = readPrivateFile(path, onWarning);
  if (text === undefined) return undefined;
  const { version: found, salt, check } = parse(text);
  if (typeof found === "number" && found > version) {
    throw new StoreError("store_newer", `${path} was written by a newer release (format ${found})`);
  }
  if (found !== version || typeof salt !== "string" || typeof check !== "string") {
    throw corruptFile(path, "it is none of ours, and the key of the credentials is made from it", restoreHint);
  }
  return { salt: Buffer.from(salt, "base64"), check: Buffer.from(check, "base64") };
}

const restoreHint = "restore it from a backup; without it the credentials cannot be opened";

function lost(path: string, hint: string): StoreError {
  const what = `${path}, which the key of the credentials is made from, is not there any more`;
  return new StoreError("store_unavailable", what, { hint });
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const json = JSON.parse(text) as unknown;
    return typeof json === "object" && json !== null ? { ...json } : {};
  } catch {
    return {};
  }
}

function keepSalt(path: string, salt: Uint8Array, check: Uint8Array): void {
  const text = JSON.stringify({
    version,
    salt: Buffer.from(salt).toString("base64"),
    check: Buffer.from(check).toString("base64"),
  });
  try {
    makePrivateFolder(dirname(path));
    atomicWrite(path, `${text}\n`);
  } catch (error) {
    throw storeFailure(error, `cannot write ${path}`);
  }
}
