import { defaultScopes, type Site, type Storage } from "@org/auth-client/source";
import type { ApiTarget, AuthorizationServer, CredentialKey } from "@org/auth-core";
import type { HttpOptions } from "@org/auth-flows";
import type { Context } from "../context.ts";

/** One sign-in: where, as whom it is to be kept, and how the person is told. */
export interface LoginRequest {
  readonly site: Site;
  readonly profile: string;
  readonly server: AuthorizationServer;
  /** Where the login is to be kept; it has been tried. */
  readonly storage: Storage;
  readonly isJson: boolean;
  /** How long the person may take. Absent: the flow's own limit. */
  readonly timeoutMs: number | undefined;
  readonly context: Context;
}

/** What to ask for. */
export function scopesOf({ site }: LoginRequest): readonly string[] {
  return site.scopes ?? defaultScopes;
}

/** The key under which the login is kept. */
export function keyOf({ site, profile }: LoginRequest): CredentialKey {
  return { issuer: site.issuer, clientId: site.clientId, profile };
}

/** Where the login's tokens may go. */
export function apiOf({ site: { apiUrl } }: LoginRequest): ApiTarget | undefined {
  return apiUrl === undefined ? undefined : { baseUrl: apiUrl, origins: [new URL(apiUrl).origin] };
}

/** How the flows make their requests. */
export function httpOf({ context: { fetch, now, signal } }: Pick<LoginRequest, "context">): HttpOptions {
  return { fetch, now, signal };
}
