import type { Stats } from "node:fs";
import { parseEnv } from "node:util";
import type { Product } from "../product.ts";
import { readSmallFile } from "../read-small-file.ts";
import { olderNames } from "./older-names.ts";

/** A `.env` file and the product's variables in it. */
export interface DotenvFile {
  readonly path: string;
  readonly bytes: Uint8Array;
  /** By their names without the prefix, whatever they are called there. Blank ones are left out. */
  readonly values: ReadonlyMap<string, DotenvValue>;
}

/** A variable as it stands in the file. */
export interface DotenvValue {
  /** Its whole name. */
  readonly name: string;
  readonly value: string;
}

const longestBytes = 64 * 1024;

/**
 * Reads a `.env` file, into a map of its own: nothing in it is expanded, run or put into `process.env`. `undefined`:
 * there is none, or nothing of ours in it. One that is not a plain file of this user's, or of root's, that others
 * cannot change, is left alone; `warn` is told.
 */
export function readDotenv(path: string, product: Product, warn: (warning: string) => void): DotenvFile | undefined {
  const bytes = bytesOf(path, warn);
  if (bytes === undefined) return undefined;
  const { envPrefix } = product;
  const older = olderNames(product);
  if (bytes.includes(0)) {
    const names = [envPrefix, ...older.keys()].flatMap((name) => [name, Buffer.from(name, "utf16le")]);
    if (names.some((name) => bytes.includes(name))) warn(`${path} is not read: it is not UTF-8 text`);
    return undefined;
  }
  const text = bytes.toString("utf8").replace(/^\uFEFF/, "");
  const given = parseEnv(text);
  const nameOf = (whole: string): string | undefined =>
    older.get(whole) ?? (whole.startsWith(envPrefix) ? whole.slice(envPrefix.length) : undefined);
  for (const { number, unclosed } of badLines(text, nameOf, given)) {
    // No more than its number: what is on it may be a secret.
    warn(`${path} line ${String(number)} is left out: it is not NAME=value`);
    if (unclosed !== undefined) Reflect.deleteProperty(given, unclosed);
  }
  const values = new Map<string, DotenvValue>();
  for (const whole of [...Object.keys(given).filter((whole) => !older.has(whole)), ...older.keys()]) {
    const name = nameOf(whole);
    const value = given[whole]?.trim() ?? "";
    if (name !== undefined && value !== "" && !values.has(name)) values.set(name, { name: whole, value });
  }
  return values.size === 0 ? undefined : { path, bytes, values };
}

function bytesOf(path: string, warn: (warning: string) => void): Buffer | undefined {
  const file = readSmallFile(path, { longestBytes, followsLinks: false });
  if (file.kind === "absent" || file.kind === "folder") return undefined; // Some name a folder of programs so.
  const problem = file.kind === "file" ? problemOf(file.stats) : file.problem;
  if (problem !== undefined) warn(`${path} is not read: ${problem}`);
  return file.kind === "file" && problem === undefined ? file.bytes : undefined;
}

/** The lines that begin as one of ours would, and have no value, or one whose quotes are never closed. */
function badLines(
  text: string,
  nameOf: (whole: string) => string | undefined,
  given: Readonly<Record<string, string | undefined>>,
): readonly { readonly number: number; readonly unclosed?: string }[] {
  return text.split(/\r?\n/).flatMap((line, index) => {
    const [, whole = "", equals, quote] = /^\s*(?:export\s+)?(\w+)\s*(=\s*(["'`])?)?/.exec(line) ?? [];
    if (nameOf(whole) === undefined) return [];
    if (equals === undefined) return [{ number: index + 1 }];
    const isUnclosed = quote !== undefined && given[whole]?.trim().startsWith(quote) === true;
    return isUnclosed ? [{ number: index + 1, unclosed: whole }] : [];
  });
}

function problemOf(stats: Stats): string | undefined {
  const uid = process.getuid?.();
  if (uid === undefined) return undefined; // Windows: folders say who may write.
  if (stats.uid !== uid && stats.uid !== 0) return "it belongs to another user";
  return (stats.mode & 0o002) === 0 ? undefined : "everybody can change it";
}
