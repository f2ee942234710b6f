import { load } from "./installed.ts";

/** What others hold a token in, as far as it is called here. */
export interface Tokens {
  readonly google: { getAccessToken(): Promise<{ readonly token?: string | null }> };
  readonly azure: { getToken(scope: string): Promise<{ readonly token: string }> };
}

/** A client of google-auth-library that holds a token. */
export function googleClient(folder: string): Tokens["google"] {
  const { OAuth2Client } = load(folder, "google-auth-library") as {
    readonly OAuth2Client: new () => Tokens["google"] & { setCredentials(credentials: object): void };
  };
  const client = new OAuth2Client();
  client.setCredentials({ access_token: "fake-access-token", expiry_date: Date.now() + 3_600_000 });
  return client;
}

/** A credential of @azure/identity, which gets its token when it is first asked, from no server at all. */
export function azureCredential(folder: string): Tokens["azure"] {
  const { ClientSecretCredential } = load(folder, "@azure/identity") as {
    readonly ClientSecretCredential: new (...args: readonly unknown[]) => Tokens["azure"];
  };
  const authorityHost = "https://id.example.com";
  return new ClientSecretCredential("00000000-0000-0000-0000-000000000000", "example-client", "fake-client-secret", {
    authorityHost,
    disableInstanceDiscovery: true,
    httpClient: { sendRequest: async (request: AzureRequest) => azureAnswer(request, authorityHost) },
  });
}

interface AzureRequest {
  readonly url: string;
  readonly headers: object;
}

function azureAnswer(request: AzureRequest, authorityHost: string): object {
  const Headers = request.headers.constructor as new (headers: object) => object;
  const isDiscovery = request.url.includes(".well-known");
  const body = isDiscovery
    ? {
        issuer: authorityHost,
        authorization_endpoint: `${authorityHost}/authorize`,
        token_endpoint: `${authorityHost}/token`,
        jwks_uri: `${authorityHost}/keys`,
      }
    : { access_token: "fake-access-token", expires_in: 3600, token_type: "Bearer" };
  const headers = new Headers({ "content-type": "application/json" });
  return { request, status: 200, headers, bodyAsText: JSON.stringify(body) };
}
