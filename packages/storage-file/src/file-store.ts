import { readdirSync } from "node:fs";
import { join } from "node:path";
import {
  formatKey,
  parseKey,
  StoreError,
  type Credential,
  type CredentialKey,
  type CredentialStore,
  type Mutex,
} from "@org/auth-core";
import { atomicWrite, durableRemove } from "./atomic-write.ts";
import { formatCredentialFile, readCredentialFile, storeFailure } from "./credential-file.ts";
import { fileMutex } from "./file-mutex.ts";
import { fileStem, isCut } from "./file-name.ts";
import { makePrivateFolder } from "./private-folder.ts";

export interface FileStoreOptions {
  /** Where everything is kept, such as what `dataFolder` gives. Made when first needed, for its owner only. */
  readonly folder: string;
  /** Keeps other processes out. Default: {@link fileMutex} in the same folder. */
  readonly mutex?: Mutex;
}

const ending = ".json";

/**
 * Keeps each credential in a file of its own (0600 in 0700), so that no write can touch another one, and replaces a
 * file only as a whole. Making the store touches nothing; reading a credential opens one file.
 */
export function fileStore({
  folder,
  mutex = fileMutex({ folder: join(folder, "locks") }),
}: FileStoreOptions): CredentialStore {
  const credentials = join(folder, "credentials");

  function save(path: string, key: CredentialKey, credential: Credential | undefined): void {
    try {
      makePrivateFolder(credentials);
      if (credential === undefined) durableRemove(path);
      else atomicWrite(path, formatCredentialFile({ key, credential }));
    } catch (error) {
      throw storeFailure(error, `cannot write ${path}`);
    }
  }

  return {
    read: async (key) => readCredential(folder, key),

    update: (key, change) =>
      mutex.run(fileStem(key), async () => {
        const current = readCredential(folder, key);
        const next = await change(current);
        if (next !== current) save(credentialPath(folder, key), key, next);
        return next;
      }),

    async list() {
      return namesIn(credentials).flatMap((name) => {
        if (!name.endsWith(ending)) return [];
        const stem = name.slice(0, -ending.length);
        const key = isCut(stem) ? readCredentialFile(join(credentials, name))?.key : parseKey(stem);
        return key === undefined ? [] : [key];
      });
    },
  };
}

/**
 * What a {@link fileStore} in `folder` keeps for `key`, or `undefined`: one read, with nothing else loaded and nothing
 * awaited, for programs that must answer at once. Throws {@link StoreError}.
 */
export function readCredential(folder: string, key: CredentialKey): Credential | undefined {
  const path = credentialPath(folder, key);
  const file = readCredentialFile(path);
  if (file === undefined) return undefined;
  if (formatKey(file.key) !== formatKey(key)) {
    throw new StoreError("store_corrupt", `${path} holds another credential than its name says`);
  }
  return file.credential;
}

function credentialPath(folder: string, key: CredentialKey): string {
  return join(folder, "credentials", fileStem(key) + ending);
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw storeFailure(error, `cannot list ${folder}`);
  }
}
