import { accessToken, type AccessToken } from "./access-token.ts";
import type { AuthorizationServer } from "./authorization-server.ts";
import { proofSigner, type SignProof } from "./dpop-proof.ts";
import type { Provenance } from "./provenance.ts";
import { redacted } from "./redacted.ts";
import type { JsonObject } from "./unknown-fields.ts";

/** What a store can keep. Secrets are not enumerable and do not print. */
export type Credential = ApiKey | ClientSecret | PendingLogin | TokenSet;

/** What every credential has. */
export interface Kept {
  /**
   * Secret: what a newer release keeps in this credential and this one knows nothing of. It goes with changes of it, and
   * `credentialToJson` writes it back. Absent: nothing.
   */
  readonly unknownFields?: JsonObject | undefined;
}

/** A key that is sent as it is: given outright, or made by the API for a person who has signed in. */
export interface ApiKey extends Kept {
  readonly kind: "api-key";
  /** Secret. */
  readonly apiKey: string;
  /** When the API ends it. Absent: unknown or never. */
  readonly expiresAtMs?: number | undefined;
  /** What the API calls it, to revoke it by. Absent: unknown. */
  readonly keyId?: string | undefined;
  /** Who signed in to have it made. Absent: nobody here. */
  readonly account?: Account | undefined;
  /** Where it may go. Absent: wherever the settings say. */
  readonly api?: ApiTarget | undefined;
}

/** What a machine signs in with: it gets tokens by the client credentials grant (RFC 6749 section 4.4). */
export interface ClientSecret extends Kept {
  readonly kind: "client-secret";
  readonly issuer: string;
  readonly clientId: string;
  /** Secret. */
  readonly clientSecret: string;
}

/** The API a credential was meant for. */
export interface ApiTarget {
  /** What relative paths are resolved against. */
  readonly baseUrl: string;
  /** The only origins (`scheme://host:port`) that may receive the token. */
  readonly origins: readonly string[];
}

/** Who signed in, by the validated ID token. */
export interface Account {
  /** The `sub` claim: unique at the issuer, never reassigned. */
  readonly subject: string;
  /** `preferred_username`. Absent: not told. */
  readonly username?: string | undefined;
  readonly email?: string | undefined;
}

/** Why a login cannot be renewed any more. */
export interface Ended {
  /** The server's error code, such as `invalid_grant`. */
  readonly reason: string;
  readonly atMs: number;
}

/** A login: an access token and what renews it. */
export interface TokenSet extends Kept {
  readonly kind: "token-set";
  readonly server: AuthorizationServer;
  readonly clientId: string;
  /** Secret. */
  readonly accessToken: string;
  /** Secret. Absent: this set cannot be renewed. */
  readonly refreshToken?: string | undefined;
  /** The access token is sent with proofs signed with {@link TokenSet.dpopKey} (RFC 9449). Absent: as `Bearer`. */
  readonly tokenType?: "DPoP" | undefined;
  /**
   * Secret: the private key (a JWK as JSON, for ES256) that the tokens are bound to. The refresh token alone may be.
   * Absent: none is.
   */
  readonly dpopKey?: string | undefined;
  /** When the token request was sent, in milliseconds since 1970. */
  readonly obtainedAtMs: number;
  /** `obtainedAtMs` + `expires_in`. Absent: unknown, so it is renewed when an API refuses it. */
  readonly expiresAtMs?: number | undefined;
  readonly scopes: readonly string[];
  /** The APIs it is for, by address (`resource`, RFC 8707): asked for again at each renewal. Absent: none was named. */
  readonly resources?: readonly string[] | undefined;
  /** The APIs it is for, by the server's names for them (`audience`). Absent: none was named. */
  readonly audiences?: readonly string[] | undefined;
  /** Absent: no ID token was asked for. */
  readonly account?: Account | undefined;
  /** How the person signed in, as the server calls it (`acr`). Absent: its ID token does not say. */
  readonly acr?: string | undefined;
  /** When the person signed in, in milliseconds since 1970, by this machine's clock. Absent: the ID token does not say. */
  readonly authenticatedAtMs?: number | undefined;
  /** Absent: the login names no API, so its token is attached nowhere by itself. */
  readonly api?: ApiTarget | undefined;
  /** Counts the renewals since the login, which is 0. */
  readonly generation: number;
  /** Present: the server has ended this login; only a new sign-in helps. */
  readonly ended?: Ended | undefined;
}

/** A device login (RFC 8628) that waits for its person while no process does. */
export interface PendingLogin extends Kept {
  readonly kind: "pending-login";
  readonly server: AuthorizationServer;
  readonly clientId: string;
  /** The profile the login is for. */
  readonly profile: string;
  /** Secret. */
  readonly deviceCode: string;
  readonly intervalMs: number;
  readonly expiresAtMs: number;
  readonly scopes: readonly string[];
  /** As in {@link TokenSet}. */
  readonly resources?: readonly string[] | undefined;
  /** As in {@link TokenSet}. */
  readonly audiences?: readonly string[] | undefined;
  readonly api?: ApiTarget | undefined;
}

/** Makes an {@link ApiKey} that does not print its key. */
export function apiKey(fields: Omit<ApiKey, "kind">): ApiKey {
  const { apiKey, unknownFields, ...open } = fields;
  return redacted({ kind: "api-key" as const, ...open }, { apiKey, unknownFields });
}

/** Makes a {@link ClientSecret} that does not print its secret. */
export function clientSecret(fields: Omit<ClientSecret, "kind">): ClientSecret {
  const { clientSecret, unknownFields, ...open } = fields;
  return redacted({ kind: "client-secret" as const, ...open }, { clientSecret, unknownFields });
}

/** Makes a {@link TokenSet} that does not print its tokens, nor its key. */
export function tokenSet(fields: Omit<TokenSet, "kind">): TokenSet {
  const { accessToken, refreshToken, dpopKey, unknownFields, ...open } = fields;
  return redacted({ kind: "token-set" as const, ...open }, { accessToken, refreshToken, dpopKey, unknownFields });
}

/** A copy of a set with some fields changed and its secrets kept, which a spread would lose. */
export function changedTokenSet(set: TokenSet, changes: Partial<Omit<TokenSet, "kind">>): TokenSet {
  const { accessToken, refreshToken, dpopKey, unknownFields } = set;
  return tokenSet({ ...set, accessToken, refreshToken, dpopKey, unknownFields, ...changes });
}

/** Makes a {@link PendingLogin} that does not print its device code. */
export function pendingLogin(fields: Omit<PendingLogin, "kind">): PendingLogin {
  const { deviceCode, unknownFields, ...open } = fields;
  return redacted({ kind: "pending-login" as const, ...open }, { deviceCode, unknownFields });
}

/** The access token of a set, as an API is to receive it. */
export function accessTokenOf(set: TokenSet, provenance?: Provenance): AccessToken {
  const { accessToken: value, expiresAtMs, obtainedAtMs, scopes, tokenType, dpopKey } = set;
  const proof = tokenType === "DPoP" && dpopKey !== undefined ? signsProofs(dpopKey, value) : undefined;
  return accessToken({ value, expiresAtMs, obtainedAtMs, scopes, provenance, proof });
}

/** The key is read when the first proof is asked for. */
function signsProofs(key: string, value: string): SignProof {
  let signer: Promise<SignProof> | undefined;
  return async (request) => {
    signer ??= proofSigner(key, value);
    return await (
      await signer
    )(request);
  };
}
