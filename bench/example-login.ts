import { tokenSet, type CredentialKey, type TokenSet } from "@org/auth-core";

/** The identity of {@link exampleLogin}. */
export const exampleKey: CredentialKey = {
  issuer: "https://id.example.com",
  clientId: "example-cli",
  profile: "default",
};

/** As long as a signed one is. */
export const exampleToken = `fake-access-token-${"x".repeat(900)}`;

/** A login such as people have, whose token is fresh for `lifetimeMs`. Default: a day. */
export function exampleLogin(lifetimeMs = 24 * 3_600_000): TokenSet {
  const { issuer, clientId } = exampleKey;
  const obtainedAtMs = Date.now();
  return tokenSet({
    server: {
      issuer,
      tokenEndpoint: `${issuer}/token`,
      authorizationEndpoint: `${issuer}/authorize`,
      deviceAuthorizationEndpoint: `${issuer}/device`,
      revocationEndpoint: `${issuer}/revoke`,
      jwksUri: `${issuer}/jwks`,
      issParameterSupported: true,
    },
    clientId,
    accessToken: exampleToken,
    refreshToken: "fake-refresh-token",
    obtainedAtMs,
    expiresAtMs: obtainedAtMs + lifetimeMs,
    scopes: ["openid", "profile", "email", "offline_access"],
    account: { subject: "1", username: "ana", email: "ana@example.com" },
    api: { baseUrl: "https://api.example.com/v1", origins: ["https://api.example.com"] },
    generation: 0,
  });
}
