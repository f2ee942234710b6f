import { memoryStore, reuse, stored, type CredentialKey, type Renew, type TokenSource } from "@org/auth-core";

/** Tokens for all who ask: held in memory, renewed a little early by one of them, kept before anyone sees them. */
export function sharedToken(key: CredentialKey, renew: Renew): TokenSource {
  return reuse(stored(memoryStore(), key, renew));
}
