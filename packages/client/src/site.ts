/** Where one organisation's sign-in and API are, and how they differ from the ordinary. It comes whole from one place. */
export interface Site {
  /** What the configuration calls it. Absent: it was named on the command line or in the environment. */
  readonly name?: string | undefined;
  readonly issuer: string;
  readonly clientId: string;
  /** What a sign-in asks for. Absent: {@link defaultScopes}. */
  readonly scopes?: readonly string[] | undefined;
  /** Sent as `audience` with token requests, for servers that want it. Absent: none. */
  readonly audiences?: readonly string[] | undefined;
  /** The APIs the tokens are for, by their resource indicators (RFC 8707). Absent: the server's own choice. */
  readonly resources?: readonly string[] | undefined;
  /** The API's base URL; its origin is where tokens may go. Absent: tokens are attached nowhere by themselves. */
  readonly apiUrl?: string | undefined;
  /** More origins where tokens may go. Absent: none. */
  readonly allowedOrigins?: readonly string[] | undefined;
  /** For servers that compare redirect URIs whole. Absent: `http://127.0.0.1:PORT/callback`, any free port. */
  readonly redirect?: RedirectSettings | undefined;
  /** Pages to lead the browser to when a sign-in has ended. Absent: a plain page of our own. */
  readonly landing?: { readonly success: string; readonly error: string } | undefined;
  /** Where API keys are made, listed and revoked; tried in order. Absent: this API has none. */
  readonly apiKeysUrls?: readonly string[] | undefined;
  /** What an API key that a sign-in leaves behind may do. Absent: the API decides. */
  readonly apiKeyScopes?: readonly string[] | undefined;
  /** What a sign-in leaves behind: the tokens, or an API key that was made with them. Absent: `tokens`. */
  readonly loginKeeps?: "api-key" | "tokens" | undefined;
  /** Where developer tokens are redeemed. Absent: this site has none. */
  readonly developerTokenUrl?: string | undefined;
  /** The server's addresses, in place of what its metadata says. With a token endpoint it is not asked for metadata. */
  readonly endpoints?: SiteEndpoints | undefined;
  /** More for the authorization request of a sign-in, such as `prompt`. Absent: nothing. */
  readonly authorizationParameters?: Readonly<Record<string, string>> | undefined;
  /** How a workload's identity token is turned into an access token. Absent: `token-exchange`. */
  readonly workloadGrant?: WorkloadGrant | undefined;
  /** Token requests are sent as JSON, for servers that do not read forms. Absent: false. */
  readonly jsonTokenRequests?: boolean | undefined;
  /** How a client secret is sent (RFC 6749 section 2.3.1). Absent: `basic`. */
  readonly clientSecretMethod?: "basic" | "post" | undefined;
  /** Bind tokens to a key of this login (DPoP, RFC 9449) where the server offers it. Absent: false. */
  readonly dpop?: boolean | undefined;
  /** Ask again with the same refresh token when an answer was lost. Absent: true. */
  readonly retryLostResponse?: boolean | undefined;
  /** How long before its end a token is renewed, at the most, in milliseconds. Absent: 60,000. */
  readonly refreshEarlyMs?: number | undefined;
  /** How far the server's clock may be from ours where ID tokens are checked, in milliseconds. Absent: 60,000. */
  readonly clockToleranceMs?: number | undefined;
  /** The proxy to this site's servers. Absent: what `HTTPS_PROXY` says. */
  readonly proxy?: string | undefined;
  /** A file of certificates to trust for this site besides the usual ones, in PEM. Absent: none. */
  readonly caFile?: string | undefined;
}

export type WorkloadGrant = "client-assertion" | "jwt-bearer" | "token-exchange";

export interface SiteEndpoints {
  readonly token?: string | undefined;
  readonly authorization?: string | undefined;
  /** RFC 8628 section 3.1. */
  readonly deviceAuthorization?: string | undefined;
  /** RFC 7009. */
  readonly revocation?: string | undefined;
  /** The keys that ID tokens are checked with. */
  readonly jwks?: string | undefined;
}

export interface RedirectSettings {
  /** `127.0.0.1` or `localhost`. Absent: `127.0.0.1`. */
  readonly host?: string | undefined;
  /** Absent: `/callback`. */
  readonly path?: string | undefined;
  /** Tried in order. Absent: one that the system chooses. */
  readonly ports?: readonly number[] | undefined;
}

/** What a sign-in asks for where nothing else is said: who it is, and a login that renews itself. */
export const defaultScopes: readonly string[] = ["openid", "profile", "email", "offline_access"];
