import { randomBytes } from "node:crypto";
import type { AdapterFactory, ClientMetadata, Configuration, errors } from "oidc-provider";
import { claimsOf, type DescribedPerson } from "./person-claims.ts";
import { devicePages, errorPage } from "./sign-in-pages.ts";

export interface ProviderConfigurationOptions {
  readonly adapter: AdapterFactory;
  readonly clients: readonly ClientMetadata[];
  readonly people: readonly DescribedPerson[];
  readonly rotateRefreshTokens: boolean;
  readonly dpop: boolean | "nonce-required";
  readonly pushedAuthorizationRequests: boolean | "required";
  readonly scopes: readonly string[];
  readonly resources: readonly string[];
  readonly acrValues: readonly string[];
  /** What oidc-provider refuses requests with. */
  readonly errors: typeof errors;
  /** Asked for every access token that is made. */
  readonly accessTokenLifetimeMs: () => number;
}

/**
 * How oidc-provider is set up, but for its signing keys: every function and lifetime it would otherwise print a notice
 * about is given, and every other key is made afresh.
 */
export function providerConfiguration(options: ProviderConfigurationOptions): Omit<Configuration, "jwks"> {
  const { adapter, clients, people, rotateRefreshTokens, scopes, accessTokenLifetimeMs } = options;
  const { resources, acrValues, dpop, pushedAuthorizationRequests } = options;
  const accessTokenSeconds = (): number => Math.ceil(accessTokenLifetimeMs() / 1000);

  return {
    acrValues,
    adapter,
    clients,
    clientBasedCORS: () => false,
    // The ID token itself says who signed in, with no request to the userinfo endpoint.
    conformIdTokenClaims: false,
    enabledJWA: { clientAuthSigningAlgValues: [...signatureAlgorithms] },
    claims: { openid: ["sub"], profile: ["name", "preferred_username"], email: ["email", "email_verified"] },
    cookies: { keys: [randomBytes(32).toString("base64url")] },
    // A native app stays signed in when the browser's session ends.
    expiresWithSession: async () => false,
    // What an access token's introspection says of its sign-in (RFC 9470 section 6.2).
    extraTokenClaims: ({ oidc: { entities } }) => {
      const { acr, authTime } = entities.AuthorizationCode ?? entities.DeviceCode ?? entities.RefreshToken ?? {};
      return { ...(acr !== undefined && { acr }), ...(authTime !== undefined && { auth_time: authTime }) };
    },
    features: {
      clientCredentials: { enabled: true },
      deviceFlow: { enabled: true, ...devicePages },
      devInteractions: { enabled: false },
      dPoP: {
        enabled: dpop !== false,
        ...(dpop === "nonce-required" && { nonceSecret: randomBytes(32), requireNonce: () => true }),
      },
      introspection: {
        enabled: true,
        allowedPolicy: (_ctx, client) => client.clientAuthMethod !== "none",
      },
      pushedAuthorizationRequests: {
        enabled: pushedAuthorizationRequests !== false,
        requirePushedAuthorizationRequests: pushedAuthorizationRequests === "required",
      },
      resourceIndicators: {
        enabled: true,
        defaultResource: async (_ctx, _client, oneOf) => oneOf ?? [],
        // Whoever wants a token for an API has to say so, also when the tokens are asked for.
        useGrantedResource: async () => false,
        getResourceServerInfo: async (_ctx, resource) => {
          if (!resources.includes(resource)) throw new options.errors.InvalidTarget("an API is unknown");
          return { audience: resource, scope: scopes.join(" "), accessTokenFormat: "opaque" };
        },
      },
      revocation: { enabled: true, allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId },
      rpInitiatedLogout: { enabled: false },
    },
    findAccount: (_ctx, sub) => {
      const person = people.find(({ subject }) => subject === sub);
      return person && { accountId: sub, claims: () => claimsOf(person) };
    },
    issueRefreshToken: async (_ctx, client) => client.grantTypeAllowed("refresh_token"),
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

const signatureAlgorithms = [
  ...(["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"] as const),
  ...(["ES256", "ES384", "ES512", "Ed25519"] as const),
];

const twoWeeksSeconds = 14 * 24 * 60 * 60;
