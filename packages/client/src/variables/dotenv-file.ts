import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from "node:fs";
import { parseEnv } from "node:util";
import { isError } from "@org/auth-core";
import type { Product } from "../product.ts";

/** A `.env` file and the product's variables in it. */
export interface DotenvFile {
  readonly path: string;
  readonly bytes: Uint8Array;
  /** By their names without the prefix. Blank ones are left out. */
  readonly values: ReadonlyMap<string, string>;
}

const longestBytes = 64 * 1024;

/**
 * Reads a `.env` file, into a map of its own: nothing in it is expanded, run or put into `process.env`. `undefined`:
 * there is none, or nothing of ours in it. One that is not a plain file of this user's, or of root's, that others
 * cannot change, is left alone; `warn` is told.
 */
export function readDotenv(path: string, product: Product, warn: (warning: string) => void): DotenvFile | undefined {
  let bytes: Buffer;
  try {
    const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const stats = fstatSync(file);
      if (stats.isDirectory()) return undefined; // Some name a folder of programs so.
      const problem = problemOf(stats);
      if (problem !== undefined) {
        warn(`${path} is not read: ${problem}`);
        return undefined;
      }
      bytes = readFileSync(file);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    const code = isError(error) && "code" in error ? String(error.code) : "unknown";
    if (code === "ELOOP") warn(`${path} is not read: it is a symbolic link`);
    else if (code !== "ENOENT" && code !== "ENOTDIR") warn(`${path} is not read: ${code}`);
    return undefined;
  }
  if (bytes.includes(0)) {
    const isOurs = [product.envPrefix, Buffer.from(product.envPrefix, "utf16le")].some((name) => bytes.includes(name));
    if (isOurs) warn(`${path} is not read: it is not UTF-8 text`);
    return undefined;
  }
  const text = bytes.toString("utf8").replace(/^\uFEFF/, "");
  const values = new Map<string, string>();
  for (const [name, given = ""] of Object.entries(parseEnv(text))) {
    const value = given.trim();
    if (name.startsWith(product.envPrefix) && value !== "") values.set(name.slice(product.envPrefix.length), value);
  }
  for (const { number, unclosed } of badLines(text, product, values)) {
    // No more than its number: what is on it may be a secret.
    warn(`${path} line ${String(number)} is left out: it is not NAME=value`);
    if (unclosed !== undefined) values.delete(unclosed);
  }
  return values.size === 0 ? undefined : { path, bytes, values };
}

/** The lines that begin as one of ours would, and have no value, or one whose quotes are never closed. */
function badLines(
  text: string,
  { envPrefix }: Product,
  values: ReadonlyMap<string, string>,
): readonly { readonly number: number; readonly unclosed?: string }[] {
  return text.split(/\r?\n/).flatMap((line, index) => {
    const [, whole = "", equals, quote] = /^\s*(?:export\s+)?(\w+)\s*(=\s*(["'`])?)?/.exec(line) ?? [];
    if (!whole.startsWith(envPrefix)) return [];
    const name = whole.slice(envPrefix.length);
    if (equals === undefined) return [{ number: index + 1 }];
    const isUnclosed = quote !== undefined && values.get(name)?.startsWith(quote) === true;
    return isUnclosed ? [{ number: index + 1, unclosed: name }] : [];
  });
}

function problemOf(stats: Stats): string | undefined {
  if (!stats.isFile()) return "it is not a file";
  if (stats.size > longestBytes) return "it is larger than 64 KiB";
  const uid = process.getuid?.();
  if (uid === undefined) return undefined; // Windows: folders say who may write.
  if (stats.uid !== uid && stats.uid !== 0) return "it belongs to another user";
  return (stats.mode & 0o002) === 0 ? undefined : "everybody can change it";
}
