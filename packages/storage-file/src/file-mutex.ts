import {
  accessSync,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { isError, memoryMutex, shellQuoted, StoreError, type Mutex } from "@org/auth-core";
import { fileStem } from "./file-name.ts";
import { inTime } from "./in-time.ts";
import { openPlain } from "./plain-file.ts";
import { blameOwner, makePrivateFolder, requirePrivate, requirePrivateFolder } from "./privacy.ts";
import { storeFailure } from "./store-failure.ts";

export interface FileMutexOptions {
  /** Where the lock files live: a folder for them alone, made when first needed, for its owner only. */
  readonly folder: string;
  /** How long a caller waits for all those before it, by a clock that cannot be set. Default: 30,000. */
  readonly timeoutMs?: number | undefined;
  /** Milliseconds since 1970, to tell others since when a lock is held. Default: `Date.now`. */
  readonly now?: (() => number) | undefined;
}

/** `SQLITE_BUSY`: another connection holds the lock. */
const busy = 5;

/** `SQLITE_NOTADB`: nobody holds it, and there is something in the file. */
const notDatabase = 26;

/**
 * A mutex between processes that the kernel releases: freed at once when its holder dies, however it dies, and never
 * taken from one that is merely slow, stopped or has another clock. It is an exclusive transaction on an empty SQLite
 * database, one file a name; a name is of the characters that a written key has.
 *
 * Callers in one process wait in line, without asking the file system; the time in line counts. Who gives up waiting is
 * told who holds the lock and since when. On a read-only file system there is no lock to be had, nor anything to be saved
 * beside it: work runs without one.
 */
export function fileMutex({ folder, timeoutMs = 30_000, now = Date.now }: FileMutexOptions): Mutex {
  const line = memoryMutex();

  return {
    run: (name, work) => {
      const path = join(folder, fileStem(name));
      const deadlineMs = performance.now() + timeoutMs;
      const tooLate = (): StoreError => {
        const waited = `${String(timeoutMs / 1000)} s were not enough to get the lock ${path}.lock`;
        return new StoreError("store_locked", `${waited}: ${holderOf(path)} holds it`);
      };
      return inTime(line, name, { timeoutMs, tooLate }, async () => {
        const lock = await acquire(folder, path, { deadlineMs, tooLate });
        try {
          if (lock !== undefined) noteHolder(path, now());
          return await work();
        } finally {
          lock?.close(); // Closing ends the transaction, and with it the kernel's lock.
        }
      });
    },
  };
}

interface Patience {
  readonly deadlineMs: number;
  readonly tooLate: () => StoreError;
}

async function acquire(
  folder: string,
  path: string,
  { deadlineMs, tooLate }: Patience,
): Promise<DatabaseSync | undefined> {
  const database = open(folder, path);
  if (database === undefined) return undefined;
  try {
    for (let attempt = 1; !tryLock(database, path); attempt++) {
      if (performance.now() > deadlineMs) throw tooLate();
      await sleep(1 + Math.random() * Math.min(2 * attempt, 25));
    }
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function open(folder: string, path: string): DatabaseSync | undefined {
  try {
    makePrivateFolder(folder);
    requirePrivateFolder(folder, tellNobody);
    requireLockFile(`${path}.lock`);
    const { DatabaseSync } = loadSqlite();
    return new DatabaseSync(`${path}.lock`, { timeout: 0 });
  } catch (error) {
    if (isError(error) && "code" in error && error.code === "EROFS") return undefined;
    blameOwner(error, dirname(folder), folder, `${path}.lock`);
    throw storeFailure(error, `cannot lock ${path}.lock`);
  }
}

/**
 * Makes the file where it is missing, because SQLite would make it readable for others. One that is there is not
 * opened: closing it again would drop the lock that another mutex of this process may hold on it, as POSIX has it.
 */
function requireLockFile(path: string): void {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined) {
    try {
      closeSync(openSync(path, "wx", 0o600));
    } catch (error) {
      if (!hasCode(error, "EEXIST")) throw error; // Another process was faster.
    }
    return;
  }
  if (!stats.isFile()) {
    throw new StoreError("store_unavailable", `cannot lock ${path}: it is not a file`, {
      hint: `move it away: mv ${shellQuoted(path)} ${shellQuoted(`${path}.old`)}`,
    });
  }
  requirePrivate(path, stats, tellNobody);
  accessSync(path, constants.W_OK);
}

function tellNobody(): void {
  // There was nothing to read in there.
}

function hasCode(error: unknown, code: string): boolean {
  return isError(error) && "code" in error && error.code === code;
}

function tryLock(database: DatabaseSync, path: string): boolean {
  try {
    // Nothing is ever written, so no journal is needed; a full disk has no room for its file.
    database.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
    return true;
  } catch (error) {
    const code = isError(error) && "errcode" in error ? error.errcode : undefined;
    if (code === busy) return false;
    if (code !== notDatabase) throw storeFailure(error, `cannot lock ${path}.lock`);
    empty(`${path}.lock`); // Whatever wrote to it, it is none of ours: a lock's file has nothing in it.
    return false;
  }
}

function empty(path: string): void {
  try {
    truncateSync(path);
  } catch (error) {
    throw storeFailure(error, `cannot lock ${path}`);
  }
}

/** Leaves word for those who wait: the lock itself tells nobody who has it. */
function noteHolder(path: string, nowMs: number): void {
  const { O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_TRUNC, O_WRONLY } = constants;
  try {
    const file = openSync(`${path}.holder`, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK, 0o600);
    try {
      requirePrivate(`${path}.holder`, fstatSync(file), tellNobody);
      writeFileSync(file, `pid ${String(process.pid)}, since ${new Date(nowMs).toISOString()}\n`);
    } finally {
      closeSync(file);
    }
  } catch {
    // The lock is held all the same; a full disk must not stop a renewal.
  }
}

function holderOf(path: string): string {
  try {
    const file = openPlain(`${path}.holder`);
    try {
      const bytes = Buffer.alloc(100);
      const text = bytes.toString("latin1", 0, readSync(file, bytes));
      const [holder = "unknown", pid] = /^pid (\d+), since [\d:.TZ-]+/.exec(text) ?? [];
      return `${pid === String(process.pid) ? "this" : "another"} process (${holder})`;
    } finally {
      closeSync(file);
    }
  } catch {
    return "another process";
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Loads SQLite without the warning Node 22 prints about it, which is no business of whoever uses a command line. */
function loadSqlite(): typeof import("node:sqlite") {
  const { emitWarning } = process;
  process.emitWarning = (warning: Error | string, ...rest: unknown[]): void => {
    if (String(warning).startsWith("SQLite is an experimental feature")) return;
    Reflect.apply(emitWarning, process, [warning, ...rest]);
  };
  try {
    return process.getBuiltinModule("node:sqlite");
  } finally {
    process.emitWarning = emitWarning;
  }
}
