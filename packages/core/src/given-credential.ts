import { redacted } from "./redacted.ts";

/** What is given outright, by an argument, a variable or a file, and is kept in no store. Secrets do not print. */
export type GivenCredential =
  Anonymous | DeveloperToken | Password | PrivateKey | RefreshToken | StaticToken | WorkloadIdentity;

/** No credential at all, because that is what was asked for. */
export interface Anonymous {
  readonly kind: "anonymous";
}

/** An access token that nothing renews. */
export interface StaticToken {
  readonly kind: "static-token";
  /** Secret. */
  readonly accessToken: string;
  /** By the token's own `exp`, where it has one. Absent: unknown. */
  readonly expiresAtMs?: number | undefined;
}

/** A refresh token, and the access token that came with it, if any (RFC 6749 section 6). */
export interface RefreshToken {
  readonly kind: "refresh-token";
  readonly issuer: string;
  readonly clientId: string;
  /** Secret. Absent: a public client. */
  readonly clientSecret?: string | undefined;
  /** Secret. */
  readonly refreshToken: string;
  /** Secret. Absent: the first token is asked for. */
  readonly accessToken?: string | undefined;
  /** When that access token ends. Absent: unknown. */
  readonly expiresAtMs?: number | undefined;
}

/** A key pair that the client signs its requests with (`private_key_jwt`, RFC 7523 section 2.2). */
export interface PrivateKey {
  readonly kind: "private-key";
  readonly issuer: string;
  readonly clientId: string;
  /** Secret. A JWK as JSON, or PKCS #8 in PEM. */
  readonly privateKey: string;
}

/** A person's own password (RFC 6749 section 4.3). Deprecated: the server should ask for it, not a program. */
export interface Password {
  readonly kind: "password";
  readonly issuer: string;
  readonly clientId: string;
  /** Secret. Absent: a public client. */
  readonly clientSecret?: string | undefined;
  readonly username: string;
  /** Secret. */
  readonly password: string;
}

/** A long-lived token that a service of the organisation redeems for access tokens. */
export interface DeveloperToken {
  readonly kind: "developer-token";
  /** Secret. */
  readonly developerToken: string;
  /** Where it is redeemed. */
  readonly url: string;
}

/** A token by which the platform that runs this program says who it is: a CI service, or a cluster. */
export interface WorkloadIdentity {
  readonly kind: "workload-identity";
  readonly issuer: string;
  readonly clientId: string;
  /** Gets the platform's token, which is short-lived, so it is asked for whenever one is needed. */
  readonly identityToken: (signal?: AbortSignal) => Promise<string>;
}

/** Makes a {@link StaticToken} that does not print its token. */
export function staticToken(fields: Omit<StaticToken, "kind">): StaticToken {
  const { accessToken, ...open } = fields;
  return redacted({ kind: "static-token" as const, ...open }, { accessToken });
}

/** Makes a {@link RefreshToken} that does not print its secrets. */
export function refreshToken(fields: Omit<RefreshToken, "kind">): RefreshToken {
  const { accessToken, clientSecret, refreshToken, ...open } = fields;
  return redacted({ kind: "refresh-token" as const, ...open }, { accessToken, clientSecret, refreshToken });
}

/** Makes a {@link PrivateKey} that does not print its key. */
export function privateKey(fields: Omit<PrivateKey, "kind">): PrivateKey {
  const { privateKey, ...open } = fields;
  return redacted({ kind: "private-key" as const, ...open }, { privateKey });
}

/** Makes a {@link Password} that does not print it. */
export function password(fields: Omit<Password, "kind">): Password {
  const { clientSecret, password, ...open } = fields;
  return redacted({ kind: "password" as const, ...open }, { clientSecret, password });
}

/** Makes a {@link DeveloperToken} that does not print it. */
export function developerToken(fields: Omit<DeveloperToken, "kind">): DeveloperToken {
  const { developerToken, ...open } = fields;
  return redacted({ kind: "developer-token" as const, ...open }, { developerToken });
}
