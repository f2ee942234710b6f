import { formatKey, type CredentialKey } from "@org/auth-core";

/** Windows allows 513 characters for an account, and file systems 255 for the name of a lock. */
const longest = 200;

/** The account of a credential's entry, and the name of its lock. One too long is cut, and a digest keeps it apart. */
export function entryName(key: CredentialKey): string {
  const name = formatKey(key);
  if (name.length <= longest) return name;
  // Loaded here because it costs milliseconds and names are hardly ever this long.
  const { createHash } = process.getBuiltinModule("node:crypto");
  return `${name.slice(0, 120)}~${createHash("sha256").update(name).digest("hex")}`;
}
