/**
 * What an access token is worth now.
 *
 * @see [RFC 7662 section 2.2](https://www.rfc-editor.org/rfc/rfc7662#section-2.2)
 */
export type Introspection = ActiveToken | { readonly active: false };

export interface ActiveToken {
  readonly active: true;
  readonly clientId: string;
  readonly scopes: readonly string[];
  /** The APIs it is for, by address or name. Absent: none was named. */
  readonly audiences?: readonly string[] | undefined;
  /** Who signed in. Absent: a machine's token. */
  readonly subject?: string | undefined;
  /** How they signed in, as the server calls it (RFC 9470 section 6.2). Absent: it does not say. */
  readonly acr?: string | undefined;
  /** When they signed in, in milliseconds since 1970, to the second. Absent: the server does not say. */
  readonly authenticatedAtMs?: number | undefined;
  /** The thumbprint (RFC 7638) of the key it is bound to (RFC 9449 section 6). Absent: it is a bearer token. */
  readonly jkt?: string | undefined;
}

/** Tells what an access token is worth now. */
export type Introspect = (accessToken: string) => Promise<Introspection>;
