import { jwtClaims, redacted, type Account } from "@org/auth-core";
import type { Site } from "../site.ts";

/** A login as another system has kept it. Secrets do not print. */
export interface FoundLogin {
  readonly kind: "api-key" | "token-set";
  /** The client it was given to. Absent: the file does not say. */
  readonly clientId?: string | undefined;
  /** When the key or the access token ends. Absent: unknown. */
  readonly expiresAtMs?: number | undefined;
  readonly scopes?: readonly string[] | undefined;
  readonly account?: Account | undefined;
  /** It is renewed with a client secret, which no login keeps. Absent: false. */
  readonly needsClientSecret?: boolean | undefined;
  /** Secret: the API key, or the access token. Absent: there is only what renews it. */
  readonly token?: string | undefined;
  /** Secret. */
  readonly refreshToken?: string | undefined;
}

/** One login of a file. */
export interface FileEntry {
  /** What the file calls it. Absent: it has no names. */
  readonly profile?: string | undefined;
  /** Throws {@link AuthError} (`config_invalid`) when it is not what its system writes. */
  readonly read: () => FoundLogin;
}

/** What the entries of a file are read by. */
export interface FileContext {
  readonly path: string;
  readonly site: Site;
  readonly nowMs: number;
}

/** Makes a {@link FoundLogin} that does not print its secrets. */
export function foundLogin(fields: FoundLogin): FoundLogin {
  const { token, refreshToken, ...open } = fields;
  return redacted(open, { token, refreshToken });
}

type ToldAccount = { readonly [Name in keyof Account]?: string | undefined };

/** Whose login it is, by what the file says, and for the rest by its token. Nobody has verified either. */
export function accountIn(token: string | undefined, told: ToldAccount = {}): Account | undefined {
  const claims = token === undefined ? undefined : jwtClaims(token);
  const claim = (name: string): string | undefined => {
    const value = claims?.get(name);
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  const subject = told.subject ?? claim("sub");
  if (subject === undefined) return undefined;
  return { subject, username: told.username ?? claim("preferred_username"), email: told.email ?? claim("email") };
}
