import { chmodSync, mkdirSync, statSync, type Stats } from "node:fs";
import { isError, shellQuoted, StoreError } from "@org/auth-core";

/** Told, in a sentence for people, of what was found not to be private and has been made so. */
export type OnWarning = (warning: string) => void;

/** Makes a folder and those above it, where they are missing, that only their owner can look into. */
export function makePrivateFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    if (!(isError(error) && "code" in error && error.code === "ENOENT")) throw error;
    mkdirSync(path, { mode: 0o700 }); // Node says just that where the file system is read-only; this says so.
  }
}

/** {@link requirePrivate} for a folder; one that is not there is fine. */
export function requirePrivateFolder(path: string, onWarning: OnWarning): void {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats !== undefined) requirePrivate(path, stats, onWarning);
}

/**
 * Takes a file or folder away from all but its owner, with a warning, if others could reach it. Throws
 * {@link StoreError} when its owner is someone else: what is in it may be theirs, and what we put there would be.
 */
export function requirePrivate(path: string, stats: Stats, onWarning: OnWarning): void {
  if (process.getuid === undefined) return; // Windows: a person's own folder is private by inheritance.
  requireOwn(path, stats);
  if ((stats.mode & 0o077) === 0) return;
  chmodSync(path, stats.mode & 0o700);
  onWarning(`other users could reach ${path}; only you can now`);
}

/**
 * Says why permission was denied, where it was: throws {@link StoreError} for the first of the paths that belongs to
 * someone else.
 */
export function blameOwner(error: unknown, ...paths: readonly string[]): void {
  if (!(isError(error) && "code" in error && error.code === "EACCES")) return;
  for (const path of paths) {
    try {
      const stats = statSync(path, { throwIfNoEntry: false });
      if (stats !== undefined) requireOwn(path, stats);
    } catch (reason) {
      if (reason instanceof StoreError) throw reason;
    }
  }
}

function requireOwn(path: string, stats: Stats): void {
  const uid = process.getuid?.();
  if (uid === undefined || stats.uid === uid) return;
  const owner = stats.uid === 0 ? "root" : `another user (uid ${String(stats.uid)})`;
  throw new StoreError("store_unavailable", `${path} is owned by ${owner}`, {
    // Root's own would be lost to the person whose it is.
    hint: uid === 0 ? "run this as that user" : `make it yours: sudo chown -R ${uid} ${shellQuoted(path)}`,
  });
}
