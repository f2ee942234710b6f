import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from "node:fs";
import { isError } from "@org/auth-core";

/** What is at a path. */
export type SmallFile =
  | { readonly kind: "absent" }
  | { readonly kind: "file"; readonly bytes: Buffer; readonly stats: Stats }
  /** `problem` is in words for people, or the system's own code. */
  | { readonly kind: "folder"; readonly problem: string }
  | { readonly kind: "unusable"; readonly problem: string };

export interface SmallFileOptions {
  /** A larger file is unusable. */
  readonly longestBytes: number;
  /** Whether a symbolic link is followed. Default: true. */
  readonly followsLinks?: boolean | undefined;
}

/**
 * Reads the whole of a file that is small. It never waits, and never reads on without end: pipes and devices are
 * unusable, and no more than `longestBytes` and one byte are read, whatever a file says of its size.
 */
export function readSmallFile(path: string, { longestBytes, followsLinks = true }: SmallFileOptions): SmallFile {
  try {
    // A pipe without a writer would be waited for.
    const flags = constants.O_RDONLY | constants.O_NONBLOCK | (followsLinks ? 0 : constants.O_NOFOLLOW);
    const file = openSync(path, flags);
    try {
      const stats = fstatSync(file);
      if (stats.isDirectory()) return { kind: "folder", problem: "it is a folder" };
      if (!stats.isFile()) return { kind: "unusable", problem: "it is not a file" };
      const bytes = readStart(file, longestBytes + 1);
      if (bytes.length <= longestBytes) return { kind: "file", bytes, stats };
      return { kind: "unusable", problem: `it is larger than ${longestBytes / 1024} KiB` };
    } finally {
      closeSync(file);
    }
  } catch (error) {
    const code = isError(error) && "code" in error ? String(error.code) : "unknown";
    if (code === "ENOENT" || code === "ENOTDIR") return { kind: "absent" };
    return { kind: "unusable", problem: code === "ELOOP" && !followsLinks ? "it is a symbolic link" : code };
  }
}

function readStart(file: number, longestBytes: number): Buffer {
  const bytes = Buffer.allocUnsafe(longestBytes);
  let length = 0;
  for (let read = 1; read > 0; length += read) read = readSync(file, bytes, length, bytes.length - length, null);
  return bytes.subarray(0, length);
}
