import type { AuthorizationServer } from "@org/auth-core";
import type { HttpOptions } from "@org/auth-flows";
import type { Site } from "./site.ts";

/**
 * A site's authorization server, by its metadata and by the endpoints that the site names. A site that names its token
 * endpoint is asked for no metadata: not every server has any. Rejects as `authorizationServer` does.
 */
export async function siteServer(site: Site, http: HttpOptions): Promise<AuthorizationServer> {
  const named = namedServer(site);
  if (named !== undefined) return named;
  const { authorizationServer } = await import("@org/auth-flows");
  return withEndpoints(await authorizationServer(site.issuer, http), site);
}

/** The server of a site that names its token endpoint. `undefined`: its metadata has to be asked for. */
export function namedServer(site: Site): AuthorizationServer | undefined {
  const tokenEndpoint = site.endpoints?.token;
  if (tokenEndpoint === undefined) return undefined;
  return withEndpoints({ issuer: site.issuer, tokenEndpoint, issParameterSupported: false }, site);
}

/** A server with the endpoints that a site names in place of what its metadata says. */
export function withEndpoints(server: AuthorizationServer, { endpoints = {} }: Site): AuthorizationServer {
  return {
    ...server,
    authorizationEndpoint: endpoints.authorization ?? server.authorizationEndpoint,
    deviceAuthorizationEndpoint: endpoints.deviceAuthorization ?? server.deviceAuthorizationEndpoint,
    revocationEndpoint: endpoints.revocation ?? server.revocationEndpoint,
    jwksUri: endpoints.jwks ?? server.jwksUri,
  };
}
