import { AuthError, type AuthorizationServer, printable, secureUrl } from "@org/auth-core";
import { discoveryRequest, type AuthorizationServer as ServerMetadata } from "oauth4webapi";
import { clockSkewMs } from "./clock-skew.ts";
import { endpointUrl } from "./endpoint-url.ts";
import { exchange, type HttpOptions } from "./http.ts";
import { jsonAnswer } from "./json-answer.ts";
import { failure, type Task } from "./translate-error.ts";

/** The addresses a server may have, by their names in {@link AuthorizationServer}. */
export type EndpointName =
  | "authorizationEndpoint"
  | "deviceAuthorizationEndpoint"
  | "jwksUri"
  | "pushedAuthorizationRequestEndpoint"
  | "revocationEndpoint"
  | "tokenEndpoint"
  | "userinfoEndpoint";

/**
 * Asks an issuer for its metadata: at the OpenID path, and where there is none (404) at the one of RFC 8414.
 *
 * What it gives is meant to be kept beside the credential: every flow works with it and asks no more. Rejects with
 * {@link AuthError}: `issuer_mismatch` when the answer names another issuer, letter by letter; `insecure_endpoint` for
 * any address that is not `https:` (`http:` is for an issuer on the loopback); `bad_response`; `network`; `timeout`.
 *
 * @see [RFC 8414 section 3](https://www.rfc-editor.org/rfc/rfc8414#section-3)
 */
export async function authorizationServer(issuer: string, http: HttpOptions = {}): Promise<AuthorizationServer> {
  const task: Task = { doing: "asking for the server's metadata", issuer };
  const url = issuerUrl(issuer);
  const ask = (algorithm: "oauth2" | "oidc"): Promise<Response> =>
    exchange(task, url.href, http, (options) => discoveryRequest(url, { algorithm, ...options }));

  const { now = Date.now } = http;
  const sentAtMs = now();
  let response = await ask("oidc");
  if (response.status === 404) response = await ask("oauth2");
  clockSkewMs(response, issuer, sentAtMs, http);
  if (response.status === 404) throw failure(task, "bad_response", "it is no issuer: it has no metadata (404)");
  return readMetadata(await jsonAnswer(response, task), task);
}

/** The checked address of one endpoint. Throws {@link AuthError} `unsupported_by_server` when there is none. */
export function endpointOf(server: AuthorizationServer, name: EndpointName): string {
  const { issuer, [name]: address } = server;
  const what = endpoints[name].what;
  if (address === undefined) {
    throw new AuthError("unsupported_by_server", `${printable(issuer)} has no ${what}`);
  }
  return endpointUrl(address, what, issuer);
}

/** A server as oauth4webapi wants it. */
export function metadataOf(server: AuthorizationServer): ServerMetadata {
  const addresses = Object.entries(endpoints).flatMap(([name, { wire }]) => {
    const address = server[name as EndpointName];
    return address === undefined ? [] : [[wire, address] as const];
  });
  return {
    ...Object.fromEntries(addresses),
    issuer: server.issuer,
    authorization_response_iss_parameter_supported: server.issParameterSupported,
    // No `none` and no shared secrets, whatever the server says of itself.
    id_token_signing_alg_values_supported: signatureAlgorithms,
  };
}

const endpoints: Readonly<Record<EndpointName, { readonly wire: string; readonly what: string }>> = {
  authorizationEndpoint: { wire: "authorization_endpoint", what: "authorization endpoint" },
  deviceAuthorizationEndpoint: { wire: "device_authorization_endpoint", what: "device authorization endpoint" },
  jwksUri: { wire: "jwks_uri", what: "key set" },
  pushedAuthorizationRequestEndpoint: {
    wire: "pushed_authorization_request_endpoint",
    what: "endpoint for pushed authorization requests",
  },
  revocationEndpoint: { wire: "revocation_endpoint", what: "revocation endpoint" },
  tokenEndpoint: { wire: "token_endpoint", what: "token endpoint" },
  userinfoEndpoint: { wire: "userinfo_endpoint", what: "userinfo endpoint" },
};

const signatureAlgorithms: string[] = [
  ...["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
  ...["ES256", "ES384", "ES512", "EdDSA", "Ed25519"],
];

function issuerUrl(issuer: string): URL {
  const url = URL.parse(issuer);
  // RFC 8414 section 2: an issuer has no query and no fragment.
  if (url === null || /[?#\s]/.test(issuer)) {
    throw new AuthError(
      "config_invalid",
      `the issuer ${printable(issuer)} is not an address without query or fragment`,
    );
  }
  if (secureUrl(issuer) === undefined) {
    throw new AuthError(
      "insecure_endpoint",
      `the issuer ${printable(url.origin)} is neither https: nor on the loopback`,
    );
  }
  return url;
}

function readMetadata(fields: ReadonlyMap<string, unknown>, task: Task): AuthorizationServer {
  const { issuer } = task;
  const named = fields.get("issuer");
  if (named !== issuer) {
    const other = typeof named === "string" ? printable(named) : "no issuer";
    throw failure(task, "issuer_mismatch", `its metadata names ${other}`);
  }
  const optional = (name: EndpointName): string | undefined => {
    const address = fields.get(endpoints[name].wire);
    if (address === undefined || address === null) return undefined;
    if (typeof address === "string") return endpointUrl(address, endpoints[name].what, issuer);
    throw failure(task, "bad_response", `its metadata names a ${endpoints[name].what} that is not an address`);
  };

  const tokenEndpoint = optional("tokenEndpoint");
  if (tokenEndpoint === undefined) throw failure(task, "bad_response", "its metadata names no token endpoint");
  const algorithms = fields.get("dpop_signing_alg_values_supported");
  return {
    issuer,
    tokenEndpoint,
    authorizationEndpoint: optional("authorizationEndpoint"),
    deviceAuthorizationEndpoint: optional("deviceAuthorizationEndpoint"),
    pushedAuthorizationRequestEndpoint: optional("pushedAuthorizationRequestEndpoint"),
    pushedAuthorizationRequestRequired: fields.get("require_pushed_authorization_requests") === true || undefined,
    revocationEndpoint: optional("revocationEndpoint"),
    userinfoEndpoint: optional("userinfoEndpoint"),
    jwksUri: optional("jwksUri"),
    issParameterSupported: fields.get("authorization_response_iss_parameter_supported") === true,
    dpopSupported: (Array.isArray(algorithms) && algorithms.includes("ES256")) || undefined,
  };
}
