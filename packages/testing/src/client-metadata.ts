import type { ClientMetadata } from "oidc-provider";
import { jwtBearerGrant, tokenExchangeGrant } from "./more-grants.ts";
import type { RegisteredClient } from "./registered-client.ts";

/** A client as oidc-provider wants it. */
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
      ...["urn:ietf:params:oauth:grant-type:device_code", jwtBearerGrant, tokenExchangeGrant],
    ],
    ...(clientSecret !== undefined && { client_secret: clientSecret }),
    ...(publicKey !== undefined && { jwks: { keys: [publicKey] } }),
  };
}
