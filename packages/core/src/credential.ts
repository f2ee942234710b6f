import { accessToken, type AccessToken } from "./access-token.ts";
import type { AuthorizationServer } from "./authorization-server.ts";
import type { Provenance } from "./provenance.ts";
import { redacted } from "./redacted.ts";

/** What can be found, kept and renewed. Secrets are not enumerable and do not print. */
export type Credential = ApiKey | ClientSecret | PendingLogin | TokenSet;

/** A key that is sent as it is. */
export interface ApiKey {
  readonly kind: "api-key";
  /** Secret. */
  readonly apiKey: string;
}

/** What a machine signs in with: it gets tokens by the client credentials grant (RFC 6749 section 4.4). */
export interface ClientSecret {
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
export interface TokenSet {
  readonly kind: "token-set";
  readonly server: AuthorizationServer;
  readonly clientId: string;
  /** Secret. */
  readonly accessToken: string;
  /** Secret. Absent: this set cannot be renewed. */
  readonly refreshToken?: string | undefined;
  /** When the token request was sent, in milliseconds since 1970. */
  readonly obtainedAtMs: number;
  /** `obtainedAtMs` + `expires_in`. Absent: unknown, so it is renewed when an API refuses it. */
  readonly expiresAtMs?: number | undefined;
  readonly scopes: readonly string[];
  /** Absent: no ID token was asked for. */
  readonly account?: Account | undefined;
  /** Absent: the login names no API, so its token is attached nowhere by itself. */
  readonly api?: ApiTarget | undefined;
  /** Counts the renewals since the login, which is 0. */
  readonly generation: number;
  /** Present: the server has ended this login; only a new sign-in helps. */
  readonly ended?: Ended | undefined;
}

/** A device login (RFC 8628) that waits for its person while no process does. */
export interface PendingLogin {
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
  readonly api?: ApiTarget | undefined;
}

/** Makes an {@link ApiKey} that does not print its key. */
export function apiKey(fields: Omit<ApiKey, "kind">): ApiKey {
  return redacted({ kind: "api-key" as const }, { apiKey: fields.apiKey });
}

/** Makes a {@link ClientSecret} that does not print its secret. */
export function clientSecret(fields: Omit<ClientSecret, "kind">): ClientSecret {
  const { clientSecret, ...open } = fields;
  return redacted({ kind: "client-secret" as const, ...open }, { clientSecret });
}

/** Makes a {@link TokenSet} that does not print its tokens. */
export function tokenSet(fields: Omit<TokenSet, "kind">): TokenSet {
  const { accessToken, refreshToken, ...open } = fields;
  return redacted({ kind: "token-set" as const, ...open }, { accessToken, refreshToken });
}

/** A copy of a set with some fields changed and its secrets kept, which a spread would lose. */
export function changedTokenSet(set: TokenSet, changes: Partial<Omit<TokenSet, "kind">>): TokenSet {
  return tokenSet({ ...set, accessToken: set.accessToken, refreshToken: set.refreshToken, ...changes });
}

/** Makes a {@link PendingLogin} that does not print its device code. */
export function pendingLogin(fields: Omit<PendingLogin, "kind">): PendingLogin {
  const { deviceCode, ...open } = fields;
  return redacted({ kind: "pending-login" as const, ...open }, { deviceCode });
}

/** The access token of a set, as an API is to receive it. */
export function accessTokenOf(set: TokenSet, provenance?: Provenance): AccessToken {
  const { accessToken: value, expiresAtMs, obtainedAtMs, scopes } = set;
  return accessToken({ value, expiresAtMs, obtainedAtMs, scopes, provenance });
}
