import { isError, StoreError } from "@org/auth-core";

/** What a failed file operation means to whoever wanted a credential. Its code is told, such as `ENOSPC`. */
export function storeFailure(error: unknown, what: string): StoreError {
  if (error instanceof StoreError) return error;
  const code = isError(error) && "code" in error ? String(error.code) : "unknown";
  // SQLite has one code for all; its own words are fixed texts.
  const why = reasons.get(code) ?? (isError(error) && code === "ERR_SQLITE_ERROR" ? error.message : code);
  return new StoreError("store_unavailable", `${what}: ${why}`, { cause: error });
}

const reasons: ReadonlyMap<string, string> = new Map([
  ["EACCES", "permission denied (EACCES)"],
  ["EFBIG", "files may not grow that large here (EFBIG)"],
  ["EIO", "the disk failed (EIO)"],
  ["EMFILE", "too many open files (EMFILE)"],
  ["ENOSPC", "no space is left (ENOSPC)"],
  ["ENOTDIR", "a file is where a folder belongs (ENOTDIR)"],
  ["EPERM", "not permitted (EPERM)"],
  // Node has no name for it; these are its numbers on Linux and on macOS.
  ["Unknown system error -122", "the disk quota is used up (EDQUOT)"],
  ["Unknown system error -69", "the disk quota is used up (EDQUOT)"],
  ["EROFS", "the file system is read-only (EROFS)"],
]);
