/** Leaves room for an ending below the 255 bytes that file systems allow. */
const longestStem = 200;

/**
 * The name, without an ending, of the file for something: a credential's key as it is written, so that a look-up needs no
 * index and a list needs no file opened. One too long for a file's name is cut, and a digest keeps it apart.
 */
export function fileStem(name: string): string {
  if (name.length <= longestStem) return name;
  // Loaded here because it costs milliseconds and names are hardly ever this long.
  const { createHash } = process.getBuiltinModule("node:crypto");
  return `${name.slice(0, 120)}~${createHash("sha256").update(name).digest("hex")}`;
}

/** Whether {@link fileStem} had to cut: such a stem does not tell its key, only the file does. */
export function isCut(stem: string): boolean {
  return stem.includes("~");
}
