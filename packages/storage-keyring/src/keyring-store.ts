import {
  formatKey,
  parseKey,
  StoreError,
  type Credential,
  type CredentialKey,
  type CredentialStore,
  type Mutex,
} from "@org/auth-core";
import { boundedKeyring } from "./bounded-keyring.ts";
import { formatCredentialEntry, parseCredentialEntry } from "./credential-entry.ts";
import { entryName } from "./entry-name.ts";
import { formatIndexEntry, parseIndexEntry } from "./index-entry.ts";
import type { KeytarLike } from "./keytar-like.ts";
import { readEntry } from "./read-entry.ts";
import { systemKeyring } from "./system-keyring.ts";

export interface KeyringStoreOptions {
  /** The name of the product, under which the keyring keeps the entries. */
  readonly service: string;
  /** Default: `systemKeyring`. */
  readonly keyring?: KeytarLike | undefined;
  /** Keeps out whoever else uses the same keyring: a keyring has no exclusion of its own. */
  readonly mutex: Mutex;
  /**
   * The most one entry may have, in bytes: of UTF-16 on Windows, of UTF-8 elsewhere. Default: 2,560 on Windows, which
   * is all there is, and 262,144 elsewhere.
   */
  readonly maxBytes?: number | undefined;
  /** How long one call to the keyring may take, in milliseconds. Default: the keyring's own, or 3,000. */
  readonly timeoutMs?: number | undefined;
  /** Default: `process.platform`. */
  readonly platform?: NodeJS.Platform | undefined;
}

const indexName = "index";

/**
 * Keeps each credential in an entry of the keyring of its own, and beside them one that lists them.
 *
 * No secret is ever in an entry that is not listed: a new credential is listed before it is written, and deleted before
 * it is struck off. What a crash leaves between the two is a name without an entry, which is not listed any more. A
 * credential that the list has lost is listed again when it is next updated.
 *
 * Rejects with {@link StoreError}: what {@link boundedKeyring} rejects with, `store_too_large` before anything is
 * written, and `store_corrupt` or `store_newer` for an entry that cannot be read, which stays as it is.
 */
export function keyringStore(options: KeyringStoreOptions): CredentialStore {
  const { service, mutex, timeoutMs, platform = process.platform } = options;
  const { maxBytes = platform === "win32" ? 2560 : 262_144 } = options;
  const keyring = boundedKeyring(options.keyring ?? systemKeyring({ timeoutMs }), { timeoutMs });

  async function read(key: CredentialKey): Promise<Credential | undefined> {
    const name = entryName(key);
    const text = await readEntry(keyring, service, name);
    return text === undefined ? undefined : parseCredentialEntry(text, key, placeOf(service, name));
  }

  async function readIndex(): Promise<readonly string[]> {
    const text = await readEntry(keyring, service, indexName);
    return text === undefined ? [] : parseIndexEntry(text, placeOf(service, indexName));
  }

  function setListed(key: CredentialKey, isListed: boolean): Promise<void> {
    const name = formatKey(key);
    return mutex.run("keyring-index", async () => {
      const names = await readIndex();
      if (names.includes(name) === isListed) return;
      const others = names.filter((one) => one !== name);
      await write(indexName, formatIndexEntry(isListed ? [...others, name] : others));
    });
  }

  async function write(name: string, text: string): Promise<void> {
    requireFit(text, placeOf(service, name));
    await keyring.setPassword(service, name, text);
  }

  function requireFit(text: string, place: string): void {
    const bytes = Buffer.byteLength(text, platform === "win32" ? "utf16le" : "utf8");
    if (bytes <= maxBytes) return;
    throw new StoreError("store_too_large", `${place} would have ${bytes} bytes, and ${maxBytes} is the most it can`);
  }

  async function isThere(key: CredentialKey): Promise<boolean> {
    try {
      return (await keyring.getPassword(service, entryName(key))) !== null;
    } catch (error) {
      if (error instanceof StoreError && error.code === "store_corrupt") return true;
      throw error;
    }
  }

  async function save(key: CredentialKey, next: Credential, isNew: boolean): Promise<void> {
    const name = entryName(key);
    const text = formatCredentialEntry(key, next);
    requireFit(text, placeOf(service, name));
    if (isNew) await setListed(key, true);
    await write(name, text);
    // A renewal must not fail for the list: what it kept may be the only copy there is.
    if (!isNew) await setListed(key, true).catch(ignore);
  }

  async function remove(key: CredentialKey): Promise<void> {
    const name = entryName(key);
    const isDeleted = await keyring.deletePassword(service, name);
    if (!isDeleted && (await readEntry(keyring, service, name)) !== undefined) {
      throw new StoreError("store_unavailable", `the keyring did not delete ${placeOf(service, name)}`);
    }
    // The secret is gone, and a name without an entry is not listed.
    await setListed(key, false).catch(ignore);
  }

  return {
    read,

    update: (key, change) =>
      mutex.run(entryName(key), async () => {
        const before = await read(key);
        const next = await change(before);
        if (next === before) return next;
        if (next === undefined) await remove(key);
        else await save(key, next, before === undefined);
        return next;
      }),

    async list() {
      const kept: CredentialKey[] = [];
      for (const name of await readIndex()) {
        const key = parseKey(name);
        if (key !== undefined && (await isThere(key))) kept.push(key);
      }
      return kept;
    },
  };
}

function placeOf(service: string, name: string): string {
  return `the entry ${name} of ${service} in the keyring`;
}

function ignore(): void {
  // It is mended when the credential is next updated.
}
