import type { ClientMetadata } from "oidc-provider";
import { jwtBearerGrant, tokenExchangeGrant } from "./more-grants.ts";
import type { RegisteredClient } from "./registered-client.ts";

const deviceGrant = "urn:ietf:params:oauth:grant-type:device_code";

/** A public client, as oidc-provider wants it. */
export function publicClient(clientId: string, redirectUris: readonly string[]): ClientMetadata {
  return {
    client_id: clientId,
    token_endpoint_auth_method: "none",
    redirect_uris: redirectUris,
    grant_types: ["authorization_code", "refresh_token", deviceGrant],
    response_types: ["code"],
  };
}

/** A client for machines. */
export function confidentialClientOf(
  { clientId, clientSecret }: { readonly clientId: string; readonly clientSecret: string },
  scopes: readonly string[],
): ClientMetadata {
  return {
    client_id: clientId,
    client_secret: clientSecret,
    token_endpoint_auth_method: "client_secret_basic",
    grant_types: ["client_credentials"],
    response_types: [],
    redirect_uris: [],
    scope: scopes.join(" "),
  };
}

/** A client that a test has brought along. */
export function clientMetadata(
  { clientId, authMethod, clientSecret, publicKey }: RegisteredClient,
  redirectUris: readonly string[],
): ClientMetadata {
  return {
    client_id: clientId,
    application_type: "native", // Its redirects may go to any port.
    token_endpoint_auth_method: authMethod,
    redirect_uris: redirectUris,
    response_types: ["code"],
    grant_types: [
      ...["authorization_code", "refresh_token", "client_credentials", "password"],
      ...[deviceGrant, jwtBearerGrant, tokenExchangeGrant],
    ],
    ...(clientSecret !== undefined && { client_secret: clientSecret }),
    ...(publicKey !== undefined && { jwks: { keys: [publicKey] } }),
  };
}
