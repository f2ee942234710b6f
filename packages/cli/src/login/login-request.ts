import { siteHttp, type Site, type Storage } from "@org/auth-client/source";
import type { AuthorizationServer, CredentialKey } from "@org/auth-core";
import type { HttpOptions } from "@org/auth-flows";
import type { Context } from "../context.ts";

/** What is to be signed in to: where, as whom it is to be kept, and how the person is told. */
export interface LoginTask {
  readonly site: Site;
  readonly profile: string;
  /** Where the login is to be kept; it has been tried. */
  readonly storage: Storage;
  readonly isJson: boolean;
  /** How long the person may take. Absent: the flow's own limit. */
  readonly timeoutMs: number | undefined;
  readonly context: Context;
}

/** One sign-in whose server is known. */
export interface LoginRequest extends LoginTask {
  readonly server: AuthorizationServer;
  /** More for the request that begins it. Absent: nothing. */
  readonly extraParameters?: Readonly<Record<string, string>> | undefined;
}

/** The key under which the login is kept. */
export function keyOf({ site, profile }: LoginTask): CredentialKey {
  return { issuer: site.issuer, clientId: site.clientId, profile };
}

/** How the flows make their requests. */
export function httpOf({
  context,
  site,
}: {
  readonly context: Context;
  readonly site?: Site | undefined;
}): HttpOptions {
  const { product, env, fetch, now, onEvent, signal } = context;
  return siteHttp(site, { product, env, fetch, now, onEvent, signal });
}
