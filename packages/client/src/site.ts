/** Where one organisation's sign-in and API are. It comes whole from one place. */
export interface Site {
  /** What the configuration calls it. Absent: it was named on the command line or in the environment. */
  readonly name?: string | undefined;
  readonly issuer: string;
  readonly clientId: string;
  /** What a sign-in asks for. Absent: {@link defaultScopes}. */
  readonly scopes?: readonly string[] | undefined;
  /** The API's base URL; its origin is where tokens may go. Absent: tokens are attached nowhere by themselves. */
  readonly apiUrl?: string | undefined;
  /** For servers that compare redirect URIs whole. Absent: `http://127.0.0.1:PORT/callback`, any free port. */
  readonly redirect?: RedirectSettings | undefined;
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
