/** A client that a test brings along. It may use every grant, and is redirected to where the native client is. */
export interface RegisteredClient {
  readonly clientId: string;
  /** How it shows who it is (OpenID Connect Core section 9). */
  readonly authMethod: "client_secret_basic" | "client_secret_post" | "none" | "private_key_jwt";
  /** Absent: its method needs none. */
  readonly clientSecret?: string | undefined;
  /** The public key that its assertions are signed with, as a JWK. Absent: its method needs none. */
  readonly publicKey?: object | undefined;
}
