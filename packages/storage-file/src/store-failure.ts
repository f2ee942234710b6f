import { StoreError } from "@org/auth-core";

/** What a failed file operation means to whoever wanted a credential. Its code is told, such as `ENOSPC`. */
export function storeFailure(error: unknown, what: string): StoreError {
  if (error instanceof StoreError) return error;
  const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
  const why = reasons.get(code) ?? code;
  return new StoreError("store_unavailable", `${what}: ${why}`, { cause: error });
}

const reasons: ReadonlyMap<string, string> = new Map([
  ["EACCES", "permission denied (EACCES)"],
  ["EDQUOT", "the disk quota is used up (EDQUOT)"],
  ["EFBIG", "files may not grow that large here (EFBIG)"],
  ["EIO", "the disk failed (EIO)"],
  ["EMFILE", "too many open files (EMFILE)"],
  ["ENOSPC", "no space is left (ENOSPC)"],
  ["ENOTDIR", "a file is where a folder belongs (ENOTDIR)"],
  ["EPERM", "not permitted (EPERM)"],
  ["EROFS", "the file system is read-only (EROFS)"],
]);
