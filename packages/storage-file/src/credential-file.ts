import {
  formatKey,
  parseKey,
  StoreError,
  type Credential,
  type CredentialKey,
  type Json,
  type JsonObject,
  type Seal,
} from "@org/auth-core";
import { credentialFromJson, credentialToJson } from "@org/auth-core/storage";
import { isNestedDeeper } from "./is-nested-deeper.ts";
import { largestBytes } from "./plain-file.ts";
import type { OnWarning } from "./privacy.ts";
import { corruptFile, readPrivateFile } from "./read-private-file.ts";

/** The format this release writes. It reads older ones and refuses newer ones. */
const version = 1;

/** No credential is nested like this; what is would take a hundred times its size in memory to be parsed. */
const deepest = 16;

/** What one file holds. */
export interface CredentialFile {
  readonly credential: Credential;
  /** What a newer release has put beside the credential and this one knows nothing of. */
  readonly unknown: JsonObject;
}

export interface ReadOptions {
  /** Opens what is sealed. Absent: the file holds the credential as it is. */
  readonly seal?: Seal | undefined;
  readonly onWarning: OnWarning;
}

/**
 * The text of a file. Without a seal it holds the secrets as they are. Rejects with {@link StoreError}: `store_too_large`
 * for one that would not be read again, and as the seal does.
 */
export async function formatCredentialFile(
  key: CredentialKey,
  { credential, unknown }: CredentialFile,
  seal: Seal | undefined,
): Promise<string> {
  const name = formatKey(key);
  const json = credentialToJson(credential);
  const content = seal === undefined ? { credential: json } : { sealed: await sealed(json, name, seal) };
  const text = `${JSON.stringify({ version, key: name, ...content, ...unknown }, undefined, 1)}\n`;
  const bytes = Buffer.byteLength(text);
  if (bytes <= largestBytes) return text;
  throw new StoreError(
    "store_too_large",
    `the file of ${name} would have ${bytes} bytes, and ${largestBytes} is the most`,
  );
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
  if (file.key !== formatKey(key)) throw corruptFile(path, "it holds another credential than its name says");
  const { unknown } = file;
  if (seal === undefined) return { credential: parseCredential(path, file.credential), unknown };
  if (file.sealed === undefined) throw corruptFile(path, "it is not sealed");
  const json = parseJson(path, await opened(path, file.sealed, file.key, seal));
  return { credential: parseCredential(path, json), unknown };
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
  readonly unknown: JsonObject;
}

function readEnvelope(path: string, onWarning: OnWarning): Envelope | undefined {
  const text = readPrivateFile(path, onWarning);
  if (text === undefined) return undefined;
  const json = parseJson(path, text);
  if (typeof json !== "object" || json === null) throw corruptFile(path, "it is no credential file");
  const { version: found, key, credential, sealed, ...unknown } = json as JsonObject;
  if (typeof found === "number" && found > version) {
    throw new StoreError("store_newer", `${path} was written by a newer release (format ${String(found)})`);
  }
  if (found !== version || typeof key !== "string") throw corruptFile(path, "it is no credential file");
  return { key, credential, ...(typeof sealed === "string" && { sealed }), unknown };
}

function parseJson(path: string, text: string): unknown {
  if (isNestedDeeper(text, deepest)) throw corruptFile(path, "it is nested too deeply");
  try {
    return JSON.parse(text);
  } catch {
    throw corruptFile(path, "it is not JSON"); // The parser's own message quotes the text.
  }
}

function parseCredential(path: string, json: unknown): Credential {
  try {
    return credentialFromJson(json);
  } catch (error) {
    throw corruptFile(path, error instanceof TypeError ? error.message : "it is no credential");
  }
}

async function sealed(json: Json, name: string, seal: Seal): Promise<string> {
  const bytes = await seal.seal(new TextEncoder().encode(JSON.stringify(json)), name);
  return Buffer.from(bytes).toString("base64");
}

async function opened(path: string, text: string, name: string, seal: Seal): Promise<string> {
  try {
    return new TextDecoder().decode(await seal.open(Buffer.from(text, "base64"), name));
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    const { code, message, hint } = error;
    if (code === "store_tampered") {
      throw new StoreError(code, `${path} was not sealed for this credential with this key`);
    }
    if (code === "store_newer") throw new StoreError(code, `cannot open ${path}: ${message}`);
    // It is what the key is made from that cannot be read. This file is whole, and is to stay where it is.
    if (code === "store_corrupt")
      throw new StoreError("store_unavailable", `cannot open ${path}: ${message}`, { hint });
    throw error;
  }
}
