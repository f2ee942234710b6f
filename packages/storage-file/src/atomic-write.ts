import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";
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

/** Removes a file, for good once this returns. One that is not there is fine. */
export function durableRemove(path: string): void {
  rmSync(temporaryOf(path), { force: true });
  rmSync(path, { force: true });
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
