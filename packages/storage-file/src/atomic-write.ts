import { closeSync, fsyncSync, lstatSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/**
 * Writes a file that only its owner can read, so that after a crash there is either the old or the new one, whole. No
 * two may write the same file at a time.
 *
 * The calls are synchronous because that is twice as fast for a small file as going through the thread pool.
 */
export function atomicWrite(path: string, text: string): void {
  const temporary = temporaryOf(path);
  rmSync(temporary, { force: true }); // A writer that was killed may have left it.
  try {
    const file = openSync(temporary, "wx", 0o600);
    try {
      writeFileSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  syncFolder(dirname(path));
}

/** Removes a file and what a killed writer of it has left, for good once this returns. Neither need be there. */
export function durableRemove(path: string): void {
  const there = [temporaryOf(path), path].filter((one) => lstatSync(one, { throwIfNoEntry: false }) !== undefined);
  if (there.length === 0) return;
  for (const one of there) rmSync(one, { force: true });
  syncFolder(dirname(path));
}

/** Always the same for a file, so that whoever writes next sweeps away what a killed writer has left. */
function temporaryOf(path: string): string {
  return join(dirname(path), `.tmp-${basename(path)}`);
}

/** Makes what was done in a folder last through a loss of power. */
export function syncFolder(folder: string): void {
  if (process.platform === "win32") return; // Folders cannot be opened there; NTFS journals the rename.
  const handle = openSync(folder, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
