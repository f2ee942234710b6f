import type { AuthorizationServer } from "@org/auth-core";
import type { Provider } from "oidc-provider";
import type { AuthServerOptions } from "./auth-server-options.ts";

/** What the provider's metadata documents say, in core's form. */
export function serverMetadata(
  provider: Provider,
  { dpop = false, pushedAuthorizationRequests = false }: AuthServerOptions,
): AuthorizationServer {
  return {
    issuer: provider.issuer,
    tokenEndpoint: provider.urlFor("token"),
    authorizationEndpoint: provider.urlFor("authorization"),
    deviceAuthorizationEndpoint: provider.urlFor("device_authorization"),
    ...(pushedAuthorizationRequests !== false && {
      pushedAuthorizationRequestEndpoint: provider.urlFor("pushed_authorization_request"),
    }),
    ...(pushedAuthorizationRequests === "required" && { pushedAuthorizationRequestRequired: true }),
    revocationEndpoint: provider.urlFor("revocation"),
    userinfoEndpoint: provider.urlFor("userinfo"),
    jwksUri: provider.urlFor("jwks"),
    issParameterSupported: true,
    ...(dpop !== false && { dpopSupported: true }),
  };
}
