import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { memoryMutex, StoreError, type Mutex } from "@org/auth-core";
import { storeFailure } from "./credential-file.ts";
import { makePrivateFolder } from "./private-folder.ts";

export interface FileMutexOptions {
  /** Where the lock files live: a folder for them alone, made when first needed, for its owner only. */
  readonly folder: string;
  /** How long to wait for another process. Default: 30,000. */
  readonly timeoutMs?: number;
}

/** `SQLITE_BUSY`: another connection holds the lock. */
const busy = 5;

/**
 * A mutex between processes that the kernel releases: freed at once when its holder dies, however it dies, and never
 * taken from one that is merely slow, stopped or has another clock. It is an exclusive transaction on an empty SQLite
 * database, one file a name; the names must be fit for files.
 *
 * Callers in one process wait in line, without asking the file system.
 */
export function fileMutex({ folder, timeoutMs = 30_000 }: FileMutexOptions): Mutex {
  const line = memoryMutex();

  return {
    run: (name, work) =>
      line.run(name, async () => {
        const lock = await acquire(folder, name, timeoutMs);
        try {
          return await work();
        } finally {
          lock.close(); // Closing ends the transaction, and with it the kernel's lock.
        }
      }),
  };
}

async function acquire(folder: string, name: string, timeoutMs: number): Promise<DatabaseSync> {
  const path = join(folder, `${name}.lock`);
  const database = open(folder, path);
  const deadlineMs = performance.now() + timeoutMs;
  try {
    for (let attempt = 1; !tryLock(database, path); attempt++) {
      if (performance.now() > deadlineMs) {
        throw new StoreError("store_locked", `another process has held ${path} for ${String(timeoutMs / 1000)} s`);
      }
      await sleep(1 + Math.random() * Math.min(2 * attempt, 25));
    }
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function open(folder: string, path: string): DatabaseSync {
  try {
    makePrivateFolder(folder);
    closeSync(openSync(path, "a", 0o600)); // SQLite would make it readable for others.
    const { DatabaseSync } = loadSqlite();
    return new DatabaseSync(path, { timeout: 0 });
  } catch (error) {
    throw storeFailure(error, `cannot lock ${path}`);
  }
}

function tryLock(database: DatabaseSync, path: string): boolean {
  try {
    database.exec("BEGIN EXCLUSIVE");
    return true;
  } catch (error) {
    if (error instanceof Error && "errcode" in error && error.errcode === busy) return false;
    throw storeFailure(error, `cannot lock ${path}`);
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Loads SQLite without the warning Node 22 prints about it, which is no business of whoever uses a command line. */
function loadSqlite(): typeof import("node:sqlite") {
  const { emitWarning } = process;
  process.emitWarning = (warning: Error | string, ...rest: unknown[]): void => {
    if (!String(warning).startsWith("SQLite is an experimental feature"))
      Reflect.apply(emitWarning, process, [warning, ...rest]);
  };
  try {
    return process.getBuiltinModule("node:sqlite");
  } finally {
    process.emitWarning = emitWarning;
  }
}
