import { formatKey, type Credential, type CredentialKey } from "@org/auth-core";
import { credentialFromJson, credentialToJson } from "@org/auth-core/storage";
import { corruptEntry, formatEntry, parseEntry } from "./kept-entry.ts";

/** The text of a credential's entry, with its secrets. */
export function formatCredentialEntry(key: CredentialKey, credential: Credential): string {
  return formatEntry({ key: formatKey(key), credential: credentialToJson(credential) });
}

/** Reads what {@link formatCredentialEntry} wrote. Throws as {@link parseEntry} does. */
export function parseCredentialEntry(text: string, key: CredentialKey, place: string): Credential {
  const entry = parseEntry(text, place);
  if (entry["key"] !== formatKey(key)) throw corruptEntry(place, "it holds another credential than its name says");
  try {
    return credentialFromJson(entry["credential"]);
  } catch (error) {
    throw corruptEntry(place, error instanceof TypeError ? error.message : "it is no credential");
  }
}
