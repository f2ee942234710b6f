import { tokenSet, type CredentialKey, type TokenSet } from "../src/index.ts";

/** The login all tests of this folder are about. */
export const key: CredentialKey = { issuer: "https://id.example.com", clientId: "test", profile: "default" };

/** A token set that was got at 0 and ends at 100,000. */
export function login(fields: Partial<Omit<TokenSet, "kind">> = {}): TokenSet {
  return tokenSet({
    server: { issuer: key.issuer, tokenEndpoint: `${key.issuer}/token`, issParameterSupported: true },
    clientId: key.clientId,
    accessToken: "access-0",
    refreshToken: "refresh-0",
    obtainedAtMs: 0,
    expiresAtMs: 100_000,
    scopes: ["read"],
    generation: 0,
    ...fields,
  });
}
