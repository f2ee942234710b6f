import { tokenSet, type CredentialKey, type TokenSet } from "@org/auth-core";

/** What must not come out anywhere. */
export const canary = "CANARY-fake-secret";

export const key: CredentialKey = { issuer: "https://id.example.com", clientId: "test", profile: "default" };

/** A login; its access token is the canary and so many letters more. */
export function aLogin(letters = 0): TokenSet {
  return tokenSet({
    server: {
      issuer: "https://id.example.com",
      tokenEndpoint: "https://id.example.com/token",
      issParameterSupported: true,
    },
    clientId: "test",
    accessToken: canary + "x".repeat(letters),
    refreshToken: `${canary}-refresh`,
    obtainedAtMs: 1_800_000_000_000,
    scopes: [],
    generation: 0,
  });
}
