import { readdirSync, renameSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  formatKey,
  isError,
  parseKey,
  StoreError,
  type Credential,
  type CredentialKey,
  type CredentialStore,
  type Mutex,
  type Seal,
} from "@org/auth-core";
import { atomicWrite, durableRemove, syncFolder } from "./atomic-write.ts";
import { formatCredentialFile, readCredentialFile, readKey, type CredentialFile } from "./credential-file.ts";
import { fileMutex } from "./file-mutex.ts";
import { fileStem, isCut } from "./file-name.ts";
import { blameOwner, makePrivateFolder, requirePrivateFolder, type OnWarning } from "./privacy.ts";
import { storeFailure } from "./store-failure.ts";

export interface FileStoreOptions {
  /** Where everything is kept, such as what `dataFolder` gives. Made when first needed, for its owner only. */
  readonly folder: string;
  /** The folder in there for this store's credentials; stores with different seals must not share one. Default: `credentials`. */
  readonly section?: string | undefined;
  /** Makes the files unreadable without its key. Default: none; they hold the credentials as they are. */
  readonly seal?: Seal | undefined;
  /** Keeps other processes out. Default: `fileMutex` in the same folder. */
  readonly mutex?: Mutex | undefined;
  /**
   * Told of files and folders that others could reach, which have been made private, and of a file that cannot be listed.
   * Default: nobody.
   */
  readonly onWarning?: OnWarning | undefined;
  /** Milliseconds since 1970, for the names of files put aside. Default: `Date.now`. */
  readonly now?: (() => number) | undefined;
}

const ending = ".json";

/**
 * Keeps each credential in a file of its own (0600 in 0700), so that no write can touch another one, and replaces a
 * file only as a whole. Making the store touches nothing; reading a credential opens one file.
 *
 * Rejects with {@link StoreError}, which names the file: `store_corrupt` or `store_tampered` for one that cannot be
 * read, which is never taken for absent nor overwritten (a change puts it aside and says where), `store_newer`,
 * `store_too_large` for what it would not read again, and `store_unavailable`, also for what belongs to another user.
 */
export function fileStore(options: FileStoreOptions): CredentialStore {
  const { folder, section = "credentials", seal, onWarning = ignore, now = Date.now } = options;
  const mutex = options.mutex ?? fileMutex({ folder: join(folder, "locks") });
  const credentials = join(folder, section);
  const pathOf = (key: CredentialKey): string => join(credentials, fileStem(formatKey(key)) + ending);

  function requireFolders(): void {
    for (const path of [folder, credentials]) requireFolder(path, onWarning);
  }

  async function read(key: CredentialKey): Promise<CredentialFile | undefined> {
    requireFolders();
    return await readCredentialFile(pathOf(key), key, { seal, onWarning });
  }

  async function save(
    key: CredentialKey,
    next: Credential | undefined,
    before: CredentialFile | undefined,
  ): Promise<void> {
    const path = pathOf(key);
    const text =
      next && (await formatCredentialFile(key, { credential: next, unknown: inherited(next, before) }, seal));
    try {
      makePrivateFolder(credentials);
      if (text === undefined) durableRemove(path);
      else atomicWrite(path, text);
    } catch (error) {
      throw storeFailure(error, `cannot write ${path}`);
    }
  }

  return {
    read: async (key) => (await read(key))?.credential,

    update: (key, change) =>
      mutex.run(formatKey(key), async () => {
        const before = await read(key).catch((error: unknown) => putAside(pathOf(key), now(), error));
        const next = await change(before?.credential);
        if (next !== before?.credential) await save(key, next, before);
        return next;
      }),

    list: async () => {
      requireFolders();
      return namesIn(credentials).flatMap((name) => {
        if (!name.endsWith(ending) || name.startsWith(".")) return [];
        const stem = name.slice(0, -ending.length);
        const key = isCut(stem) ? listedKey(join(credentials, name), onWarning) : parseKey(stem);
        return key === undefined ? [] : [key];
      });
    },
  };
}

/**
 * Removes what a {@link fileStore} of that folder and section keeps for a key, without reading it: whoever may not open a
 * credential may still be rid of it. It takes no lock. Rejects with {@link StoreError}.
 */
export function forgetCredential(
  { folder, section = "credentials" }: Pick<FileStoreOptions, "folder" | "section">,
  key: CredentialKey,
): Promise<void> {
  const path = join(folder, section, fileStem(formatKey(key)) + ending);
  try {
    durableRemove(path);
    return Promise.resolve();
  } catch (error) {
    return Promise.reject(storeFailure(error, `cannot remove ${path}`));
  }
}

/** What becomes of a login keeps what a newer release has put beside it; a new one has nothing to do with the old one's. */
function inherited(next: Credential, before: CredentialFile | undefined): CredentialFile["unknown"] {
  if (next.kind !== "token-set" || before?.credential.kind !== "token-set") return {};
  const isNewLogin = next.generation === 0 && next.ended === undefined;
  return isNewLogin ? {} : before.unknown;
}

/** The key of a file whose name does not tell it. One that cannot be read is told of: it must not hide the others. */
function listedKey(path: string, onWarning: OnWarning): CredentialKey | undefined {
  try {
    return readKey(path, onWarning);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    onWarning(`${error.message}; it is not listed`);
    return undefined;
  }
}

/** Moves a file that cannot be read out of the way of the next write, and says where to. */
function putAside(path: string, nowMs: number, error: unknown): never {
  if (!(error instanceof StoreError) || (error.code !== "store_corrupt" && error.code !== "store_tampered"))
    throw error;
  const aside = `${path}.corrupt-${new Date(nowMs).toISOString().replaceAll(/[-:.]/g, "")}`;
  try {
    renameSync(path, aside);
    syncFolder(dirname(path));
  } catch (failure) {
    throw storeFailure(failure, `cannot put ${path} aside`);
  }
  throw new StoreError(error.code, `${error.message}; it has been put aside as ${aside}`, { hint: "sign in again" });
}

function requireFolder(path: string, onWarning: OnWarning): void {
  try {
    requirePrivateFolder(path, onWarning);
  } catch (error) {
    blameOwner(error, dirname(path));
    throw storeFailure(error, `cannot use ${path}`);
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (isError(error) && "code" in error && error.code === "ENOENT") return [];
    throw storeFailure(error, `cannot list ${folder}`);
  }
}

function ignore(): void {
  // Nobody wants to know.
}
