import { formatKey, type CredentialKey } from "@org/auth-core";

/** Leaves room for an ending below the 255 bytes that file systems allow. */
const longestStem = 200;

/**
 * The name, without an ending, of whatever belongs to a key: the key's own written form, so that a look-up needs no
 * index and a list needs no file opened. One too long for a file's name is cut, and a digest keeps it apart.
 */
export function fileStem(key: CredentialKey): string {
  const stem = formatKey(key);
  if (stem.length <= longestStem) return stem;
  // Loaded here because it costs milliseconds and names are hardly ever this long.
  const { createHash } = process.getBuiltinModule("node:crypto");
  return `${stem.slice(0, 120)}~${createHash("sha256").update(stem).digest("hex")}`;
}

/** Whether {@link fileStem} had to cut: such a stem does not tell its key, only the file does. */
export function isCut(stem: string): boolean {
  return stem.includes("~");
}
