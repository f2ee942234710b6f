import { same } from "./contract-case.ts";
import { credentialToJson } from "./credential-json.ts";
import {
  apiKey,
  changedTokenSet,
  clientSecret,
  pendingLogin,
  tokenSet,
  type ApiKey,
  type AuthorizationServer,
  type Credential,
  type CredentialKey,
  type PendingLogin,
  type TokenSet,
} from "./index.ts";

// What the contract of stores gives them to keep. `Required` sees to it that a new field is among it.

export function key(profile = "default"): CredentialKey {
  return { issuer: "https://id.example.com", clientId: "contract", profile };
}

/** One of each kind, with every field there is and with none that may be absent. */
export function everyKind(): readonly Credential[] {
  return [login(), largeLogin(64 * 1024), waiting(), madeKey(), apiKey({ apiKey: "contract-key" }), machine()];
}

/** A login with every field there is. */
export function login(): TokenSet {
  const fields: Required<Omit<TokenSet, "kind">> = {
    server,
    clientId: "contract",
    accessToken: 'contract-access-"\\\n\u{1f511}',
    refreshToken: "contract-refresh",
    tokenType: "DPoP",
    dpopKey: '{"kty":"contract-key"}',
    obtainedAtMs: 1_800_000_000_000,
    expiresAtMs: 1_800_003_600_000,
    scopes: ["openid", "read"],
    resources,
    audiences,
    account,
    acr: "contract-acr",
    authenticatedAtMs: 1_799_999_000_000,
    api,
    generation: 0,
    ended: { reason: "invalid_grant", atMs: 1_800_000_000_001 },
    unknownFields,
  };
  return tokenSet(fields);
}

/** A login without any field that may be absent, whose access token has so many characters of one byte. */
export function largeLogin(bytes: number): TokenSet {
  const { issuer, tokenEndpoint } = server;
  return tokenSet({
    server: { issuer, tokenEndpoint, issParameterSupported: false },
    clientId: "contract",
    accessToken: "x".repeat(bytes),
    obtainedAtMs: 0,
    scopes: [],
    generation: 0,
  });
}

/** The same login, renewed so many times. */
export function withGeneration(credential: Credential | undefined, generation: number): TokenSet {
  return changedTokenSet(credential as TokenSet, { generation });
}

/** Throws unless both have the same fields, the secret ones too, and show the same when they are printed. */
export function sameCredential(actual: Credential | undefined, expected: Credential): void {
  same(written(actual), written(expected));
  if (actual !== undefined) same(written(credentialToJson(actual)), written(credentialToJson(expected)));
}

const server: Required<AuthorizationServer> = {
  issuer: "https://id.example.com",
  tokenEndpoint: "https://id.example.com/token",
  authorizationEndpoint: "https://id.example.com/authorize",
  deviceAuthorizationEndpoint: "https://id.example.com/device",
  pushedAuthorizationRequestEndpoint: "https://id.example.com/par",
  pushedAuthorizationRequestRequired: true,
  revocationEndpoint: "https://id.example.com/revoke",
  userinfoEndpoint: "https://id.example.com/userinfo",
  jwksUri: "https://id.example.com/jwks",
  issParameterSupported: true,
  dpopSupported: true,
};
const account = { subject: "1", username: "ana", email: "ana@example.com" };
const api = { baseUrl: "https://api.example.com/v1", origins: ["https://api.example.com"] };
const resources = ["https://api.example.com/v1", "https://other.example.com"];
const audiences = ["contract-audience"];
/** What a newer release may keep. */
const unknownFields = { future: ["contract-future"], api: { futureName: { is: true } } };

function waiting(): PendingLogin {
  const fields: Required<Omit<PendingLogin, "kind">> = {
    server,
    clientId: "contract",
    profile: "default",
    deviceCode: "contract-device",
    intervalMs: 5000,
    expiresAtMs: 1,
    scopes: [],
    resources,
    audiences,
    api,
    unknownFields,
  };
  return pendingLogin(fields);
}

function madeKey(): ApiKey {
  const fields: Required<Omit<ApiKey, "kind">> = {
    apiKey: "contract-key",
    expiresAtMs: 1_800_003_600_000,
    keyId: "contract-key-id",
    account,
    api,
    unknownFields,
  };
  return apiKey(fields);
}

function machine(): Credential {
  const { issuer } = server;
  return clientSecret({ issuer, clientId: "contract", clientSecret: "contract-secret", unknownFields });
}

/** As JSON, whatever the order of the fields. */
function written(value: unknown): string {
  return JSON.stringify(value, (_name, one: unknown) =>
    typeof one === "object" && one !== null && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).sort())
      : one,
  );
}
