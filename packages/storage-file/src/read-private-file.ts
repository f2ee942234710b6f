import { closeSync, fstatSync, readFileSync } from "node:fs";
import { isError, StoreError } from "@org/auth-core";
import { largestBytes, openPlain } from "./plain-file.ts";
import { blameOwner, requirePrivate, type OnWarning } from "./privacy.ts";
import { storeFailure } from "./store-failure.ts";

/**
 * The text of a file of ours, which is made private if others could reach it. `undefined`: there is none. Throws
 * {@link StoreError} that names it: `store_corrupt` for a link, a pipe, and all else that is not a small file,
 * `store_unavailable` for one of another user too.
 */
export function readPrivateFile(path: string, onWarning: OnWarning): string | undefined {
  try {
    const file = openPlain(path);
    try {
      const stats = fstatSync(file);
      requirePrivate(path, stats, onWarning);
      if (!stats.isFile()) throw corruptFile(path, "it is not a file");
      if (stats.size > largestBytes) throw corruptFile(path, "it is too large");
      return readFileSync(file, "utf8");
    } finally {
      closeSync(file);
    }
  } catch (error) {
    const code = isError(error) && "code" in error ? error.code : undefined;
    if (code === "ENOENT") return undefined;
    if (code === "ELOOP") throw corruptFile(path, "it is a symbolic link");
    blameOwner(error, path);
    throw storeFailure(error, `cannot read ${path}`);
  }
}

/** What stands in a file is not what we write. */
export function corruptFile(path: string, why: string, hint?: string): StoreError {
  return new StoreError("store_corrupt", `cannot read ${path}: ${why}`, { hint });
}
