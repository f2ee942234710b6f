import { generateKeyPair, randomBytes } from "node:crypto";
import { promisify } from "node:util";
import type { AdapterFactory, ClientMetadata, Configuration } from "oidc-provider";
import { devicePages, errorPage } from "./sign-in-pages.ts";

export interface ProviderConfigurationOptions {
  readonly adapter: AdapterFactory;
  readonly clients: readonly ClientMetadata[];
  readonly person: { readonly subject: string; readonly username: string; readonly email: string };
  readonly rotateRefreshTokens: boolean;
  readonly scopes: readonly string[];
  /** Asked for every access token that is made. */
  readonly accessTokenLifetimeMs: () => number;
}

/**
 * How oidc-provider is set up: every function and lifetime it would otherwise print a notice about is given, and every
 * key is made afresh.
 */
export async function providerConfiguration(options: ProviderConfigurationOptions): Promise<Configuration> {
  const { adapter, clients, person, rotateRefreshTokens, scopes, accessTokenLifetimeMs } = options;
  const { subject, username, email } = person;
  const accessTokenSeconds = (): number => Math.ceil(accessTokenLifetimeMs() / 1000);

  return {
    adapter,
    clients,
    clientBasedCORS: () => false,
    // The ID token itself says who signed in, with no request to the userinfo endpoint.
    conformIdTokenClaims: false,
    claims: { openid: ["sub"], profile: ["name", "preferred_username"], email: ["email", "email_verified"] },
    cookies: { keys: [randomBytes(32).toString("base64url")] },
    // A native app stays signed in when the browser's session ends.
    expiresWithSession: async () => false,
    features: {
      clientCredentials: { enabled: true },
      deviceFlow: { enabled: true, ...devicePages },
      devInteractions: { enabled: false },
      introspection: {
        enabled: true,
        allowedPolicy: (_ctx, client) => client.clientAuthMethod !== "none",
      },
      resourceIndicators: { enabled: false },
      revocation: { enabled: true, allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId },
      rpInitiatedLogout: { enabled: false },
    },
    findAccount: (_ctx, sub) =>
      sub === subject
        ? {
            accountId: subject,
            claims: () => ({
              sub: subject,
              name: username,
              preferred_username: username,
              email,
              email_verified: true,
            }),
          }
        : undefined,
    issueRefreshToken: async (_ctx, client) => client.grantTypeAllowed("refresh_token"),
    jwks: { keys: [await signingKey()] },
    pkce: { required: () => true },
    renderError: errorPage,
    responseTypes: ["code"],
    rotateRefreshToken: rotateRefreshTokens,
    scopes: ["openid", "offline_access", ...scopes],
    ttl: {
      AccessToken: accessTokenSeconds,
      AuthorizationCode: 60,
      ClientCredentials: accessTokenSeconds,
      DeviceCode: 10 * 60,
      Grant: twoWeeksSeconds,
      IdToken: 60 * 60,
      Interaction: 60 * 60,
      RefreshToken: twoWeeksSeconds,
      Session: twoWeeksSeconds,
    },
  };
}

const twoWeeksSeconds = 14 * 24 * 60 * 60;

async function signingKey(): Promise<Record<string, string | undefined>> {
  const { privateKey } = await promisify(generateKeyPair)("rsa", { modulusLength: 2048 });
  const { kty, n, e, d, p, q, dp, dq, qi } = privateKey.export({ format: "jwk" });
  return { kty, n, e, d, p, q, dp, dq, qi, alg: "RS256", use: "sig", kid: randomBytes(8).toString("hex") };
}
