import type { RegisteredClient } from "./registered-client.ts";

export interface AuthServerOptions {
  /** How long access tokens live, in milliseconds, rounded up to whole seconds. Default: an hour. */
  readonly accessTokenLifetimeMs?: number | undefined;
  /** Each refresh gives a new refresh token, and one that comes back ends its whole family. Default: true. */
  readonly rotateRefreshTokens?: boolean | undefined;
  /** The API's scopes, beside `openid profile email offline_access`. Default: `api:read` and `api:write`. */
  readonly scopes?: readonly string[] | undefined;
  /** Where the native client may be redirected to, on any port. Default: `http://127.0.0.1/callback`. */
  readonly nativeRedirectUris?: readonly string[] | undefined;
  /**
   * The ports of the client whose redirect URIs (`http://127.0.0.1:PORT/callback`) are compared whole. Default: none,
   * and this client does not exist.
   */
  readonly fixedPorts?: readonly number[] | undefined;
  /**
   * Binds tokens to the key of whoever sends a proof (DPoP, RFC 9449); `nonce-required`: a proof has to have the nonce
   * that this server gives. Default: false, such proofs are not looked at.
   */
  readonly dpop?: boolean | "nonce-required" | undefined;
  /** Takes pushed authorization requests (RFC 9126); `required`: and no others. Default: false. */
  readonly pushedAuthorizationRequests?: boolean | "required" | undefined;
  /** More clients. Default: none. */
  readonly clients?: readonly RegisteredClient[] | undefined;
  /** The APIs, by address, that tokens may be asked for by `resource` (RFC 8707). Default: none. */
  readonly resources?: readonly string[] | undefined;
  /**
   * Public keys, as JWKs, of those whose JWTs this server takes: for the JWT bearer grant, and in token exchange for the
   * types `jwt` and `id_token`. The JWT is signed with RS256, ES256 or EdDSA, its `aud` is the issuer. Default: none.
   */
  readonly trustedKeys?: readonly object[] | undefined;
  /**
   * The ways in which people sign in, as this server calls them (`acr`). A sign-in is by the first that is asked for
   * (`acr_values`) and is among them, else by the first of them. Default: none, and nothing is said of it.
   */
  readonly acrValues?: readonly string[] | undefined;
  /** The token and revocation endpoints read JSON objects, and no forms. Default: false. */
  readonly jsonTokenRequests?: boolean | undefined;
  /** The person's password. Default: one made at random. */
  readonly password?: string | undefined;
  /** Default: 0, a free one. */
  readonly port?: number | undefined;
}
