import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import {
  credentialFromJson,
  credentialToJson,
  formatKey,
  isError,
  parseKey,
  StoreError,
  type Credential,
  type CredentialKey,
  type Json,
  type Seal,
} from "@org/auth-core";
import { blameOwner, requirePrivate, type OnWarning } from "./privacy.ts";
import { storeFailure } from "./store-failure.ts";

/** The format this release writes. It reads older ones and refuses newer ones. */
const version = 1;

/** No credential comes near this; what does is not a credential and is not read into memory. */
const largestBytes = 5 * 1024 * 1024;

/** No credential is nested like this; what is would overflow the stack when it is written again. */
const deepest = 16;

/** What one file holds. */
export interface CredentialFile {
  readonly credential: Credential;
  /** What a newer release has put beside the credential's fields and this one knows nothing of. */
  readonly unknown: Readonly<Record<string, Json | undefined>>;
}

export interface ReadOptions {
  /** Opens what is sealed. Absent: the file holds the credential as it is. */
  readonly seal?: Seal | undefined;
  readonly onWarning: OnWarning;
}

/** The text of a file. Without a seal it holds the secrets as they are. */
export async function formatCredentialFile(
  key: CredentialKey,
  { credential, unknown }: CredentialFile,
  seal: Seal | undefined,
): Promise<string> {
  const name = formatKey(key);
  const json = { ...unknown, ...(credentialToJson(credential) as object) };
  const content = seal === undefined ? { credential: json } : { sealed: await sealed(json, name, seal) };
  return `${JSON.stringify({ version, key: name, ...content }, undefined, 1)}\n`;
}

/**
 * Reads the file of a key. `undefined`: there is none. Rejects with {@link StoreError} that names the file and nothing
 * that stands in it: `store_corrupt`, `store_newer`, `store_tampered`, `store_unavailable`, or what the seal says.
 */
export async function readCredentialFile(
  path: string,
  key: CredentialKey,
  { seal, onWarning }: ReadOptions,
): Promise<CredentialFile | undefined> {
  const file = readEnvelope(path, onWarning);
  if (file === undefined) return undefined;
  if (file.key !== formatKey(key)) throw corrupt(path, "it holds another credential than its name says");
  if (seal === undefined) return parseCredential(path, file.credential);
  if (file.sealed === undefined) throw corrupt(path, "it is not sealed");
  return parseCredential(path, parseJson(path, await opened(path, file.sealed, file.key, seal)));
}

/** The key that a file says it is of, without looking at the credential. `undefined`: it is none of ours. */
export function readKey(path: string, onWarning: OnWarning): CredentialKey | undefined {
  const key = readEnvelope(path, onWarning)?.key;
  return key === undefined ? undefined : parseKey(key);
}

interface Envelope {
  readonly key: string;
  readonly credential?: unknown;
  readonly sealed?: string;
}

function readEnvelope(path: string, onWarning: OnWarning): Envelope | undefined {
  const text = readText(path, onWarning);
  if (text === undefined) return undefined;
  const json = parseJson(path, text);
  if (typeof json !== "object" || json === null) throw corrupt(path, "it is no credential file");
  const { version: found, key, credential, sealed } = json as Readonly<Record<string, unknown>>;
  if (typeof found === "number" && found > version) {
    throw new StoreError("store_newer", `${path} was written by a newer release (format ${String(found)})`);
  }
  if (found !== version || typeof key !== "string") throw corrupt(path, "it is no credential file");
  return { key, credential, ...(typeof sealed === "string" && { sealed }) };
}

function readText(path: string, onWarning: OnWarning): string | undefined {
  try {
    const file = openSync(path, "r");
    try {
      const stats = fstatSync(file);
      requirePrivate(path, stats, onWarning);
      if (stats.size > largestBytes) throw corrupt(path, "it is too large");
      return readFileSync(file, "utf8");
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (isError(error) && "code" in error && error.code === "ENOENT") return undefined;
    blameOwner(error, path);
    throw storeFailure(error, `cannot read ${path}`);
  }
}

function parseJson(path: string, text: string): unknown {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw corrupt(path, "it is not JSON"); // The parser's own message quotes the text.
  }
  if (isDeeperThan(json, deepest)) throw corrupt(path, "it is nested too deeply");
  return json;
}

function isDeeperThan(json: unknown, depth: number): boolean {
  if (typeof json !== "object" || json === null) return false;
  return depth === 0 || Object.values(json).some((value) => isDeeperThan(value, depth - 1));
}

function parseCredential(path: string, json: unknown): CredentialFile {
  try {
    const credential = credentialFromJson(json);
    const known = new Set(Object.keys(credentialToJson(credential) as object));
    const own = Object.entries(json as Readonly<Record<string, Json>>);
    return { credential, unknown: Object.fromEntries(own.filter(([name]) => !known.has(name))) };
  } catch (error) {
    throw corrupt(path, error instanceof TypeError ? error.message : "it is no credential");
  }
}

async function sealed(json: object, name: string, seal: Seal): Promise<string> {
  const bytes = await seal.seal(new TextEncoder().encode(JSON.stringify(json)), name);
  return Buffer.from(bytes).toString("base64");
}

async function opened(path: string, text: string, name: string, seal: Seal): Promise<string> {
  try {
    return new TextDecoder().decode(await seal.open(Buffer.from(text, "base64"), name));
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== "store_tampered") throw error;
    throw new StoreError("store_tampered", `${path} was not sealed for this credential with this key`);
  }
}

function corrupt(path: string, why: string): StoreError {
  return new StoreError("store_corrupt", `cannot read ${path}: ${why}`);
}
