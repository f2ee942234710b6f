import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import {
  credentialFromJson,
  credentialToJson,
  formatKey,
  parseKey,
  StoreError,
  type Credential,
  type CredentialKey,
} from "@org/auth-core";

/** The format this release writes. It reads older ones and refuses newer ones. */
const version = 1;

/** No credential comes near this; what does is not a credential and is not read into memory. */
const largestBytes = 5 * 1024 * 1024;

/** What one file holds. */
export interface CredentialFile {
  readonly key: CredentialKey;
  readonly credential: Credential;
}

/** The text of a file. It holds the secrets as they are. */
export function formatCredentialFile({ key, credential }: CredentialFile): string {
  return `${JSON.stringify({ version, key: formatKey(key), credential: credentialToJson(credential) }, undefined, 1)}\n`;
}

/**
 * Reads a file. `undefined`: there is none. Throws {@link StoreError} with `store_corrupt`, `store_newer` or
 * `store_unavailable`, naming the file and nothing that stands in it.
 */
export function readCredentialFile(path: string): CredentialFile | undefined {
  const text = readText(path);
  if (text === undefined) return undefined;

  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw corrupt(path, "it is not JSON"); // The parser's own message quotes the text.
  }
  const { version: found, key: keyText, credential } = (json ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof found === "number" && found > version) {
    throw new StoreError("store_newer", `${path} was written by a newer release (format ${String(found)})`);
  }
  const key = typeof keyText === "string" ? parseKey(keyText) : undefined;
  if (found !== version || key === undefined) throw corrupt(path, "it is no credential file");
  try {
    return { key, credential: credentialFromJson(credential) };
  } catch (error) {
    throw corrupt(path, error instanceof TypeError ? error.message : "it is no credential");
  }
}

function readText(path: string): string | undefined {
  try {
    const file = openSync(path, "r");
    try {
      if (fstatSync(file).size > largestBytes) throw corrupt(path, "it is too large");
      return readFileSync(file, "utf8");
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (isFileError(error, "ENOENT")) return undefined;
    throw storeFailure(error, `cannot read ${path}`);
  }
}

function corrupt(path: string, why: string): StoreError {
  return new StoreError("store_corrupt", `cannot read ${path}: ${why}`, {
    hint: `move ${path} away and sign in again; nothing has been changed`,
  });
}

/** What a failed file operation means to whoever wanted a credential. */
export function storeFailure(error: unknown, what: string): StoreError {
  if (error instanceof StoreError) return error;
  const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
  return new StoreError("store_unavailable", `${what} (${code})`, { cause: error });
}

function isFileError(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
