import { randomBytes } from "node:crypto";
import { IncomingMessage } from "node:http";
import type { AuthorizationServer } from "@org/auth-core";
import type { ClientMetadata, Provider } from "oidc-provider";
import type { Introspect } from "./introspection.ts";
import { loadProvider } from "./load-provider.ts";
import { startLoopbackServer, type LoopbackServer } from "./loopback-server.ts";
import { formOfJson } from "./json-token-request.ts";
import { memoryRecords } from "./memory-records.ts";
import { registerMoreGrants } from "./more-grants.ts";
import { providerConfiguration } from "./provider-configuration.ts";
import { clientMetadata } from "./client-metadata.ts";
import type { RegisteredClient } from "./registered-client.ts";
import type { RequestFault } from "./request-fault.ts";
import { requestFaults } from "./request-faults.ts";
import { signInPages } from "./sign-in-pages.ts";

export interface AuthServerOptions {
  /** How long access tokens live, in milliseconds, rounded up to whole seconds. Default: an hour. */
  readonly accessTokenLifetimeMs?: number | undefined;
  /** Each refresh gives a new refresh token, and one that comes back ends its whole family. Default: true. */
  readonly rotateRefreshTokens?: boolean | undefined;
  /** The API's scopes, beside `openid profile email offline_access`. Default: `api:read` and `api:write`. */
  readonly scopes?: readonly string[] | undefined;
  /** Where the native client may be redirected to, on any port. Default: `http://127.0.0.1/callback`. */
  readonly nativeRedirectUris?: readonly string[] | undefined;
  /**
   * The ports of the client whose redirect URIs (`http://127.0.0.1:PORT/callback`) are compared whole. Default: none,
   * and this client does not exist.
   */
  readonly fixedPorts?: readonly number[] | undefined;
  /**
   * Binds tokens to the key of whoever sends a proof (DPoP, RFC 9449); `nonce-required`: a proof has to have the nonce
   * that this server gives. Default: false, such proofs are not looked at.
   */
  readonly dpop?: boolean | "nonce-required" | undefined;
  /** Takes pushed authorization requests (RFC 9126); `required`: and no others. Default: false. */
  readonly pushedAuthorizationRequests?: boolean | "required" | undefined;
  /** More clients. Default: none. */
  readonly clients?: readonly RegisteredClient[] | undefined;
  /** The APIs, by address, that tokens may be asked for by `resource` (RFC 8707). Default: none. */
  readonly resources?: readonly string[] | undefined;
  /**
   * Public keys, as JWKs, of those whose JWTs this server takes: for the JWT bearer grant, and in token exchange for the
   * types `jwt` and `id_token`. The JWT is signed with RS256, ES256 or EdDSA, its `aud` is the issuer. Default: none.
   */
  readonly trustedKeys?: readonly object[] | undefined;
  /** The token and revocation endpoints read JSON objects, and no forms. Default: false. */
  readonly jsonTokenRequests?: boolean | undefined;
  /** The person's password. Default: one made at random. */
  readonly password?: string | undefined;
  /** Default: 0, a free one. */
  readonly port?: number | undefined;
}

/** What is kept of a request: never a value that may be secret. */
export interface RecordedRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** The names of the form's fields. Empty: no form. */
  readonly fieldNames: readonly string[];
  /** The form's `grant_type`. Absent: not a token request. */
  readonly grantType?: string | undefined;
}

/**
 * An authorization server on loopback with one person, a public native client and a confidential client. PKCE with S256
 * is required, authorization responses carry `iss` (RFC 9207), access tokens are opaque, and every sign-in gives a
 * refresh token, asked for by `offline_access` or not. Clients of the caller's own may also use the grants of a password
 * (RFC 6749 section 4.3), of a JWT (RFC 7523) and of token exchange (RFC 8693).
 */
export interface AuthServer extends LoopbackServer {
  /** The issuer identifier, which is also the origin. */
  readonly issuer: string;
  /** The endpoints, as its metadata documents give them. */
  readonly metadata: AuthorizationServer;
  /** A public client: authorization code to any loopback port, refresh, device code. */
  readonly nativeClientId: string;
  /** The same with redirect URIs that are compared whole; see {@link AuthServerOptions.fixedPorts}. */
  readonly fixedClientId: string;
  /**
   * For client credentials and introspection, by `client_secret_basic`. Made at random; the secret holds characters
   * that RFC 6749 section 2.3.1 wants encoded.
   */
  readonly confidentialClient: { readonly clientId: string; readonly clientSecret: string };
  /** The person who can sign in. */
  readonly person: {
    readonly subject: string;
    readonly username: string;
    readonly email: string;
    readonly password: string;
  };

  /** Every request so far, in the order in which they came in. */
  readonly requests: readonly RecordedRequest[];
  /** How many requests a path, or an endpoint's URL, has got so far. */
  count(path: string, match?: { readonly method?: string; readonly grantType?: string }): number;
  /** How many requests the token endpoint has got so far: in all, or of one grant type. */
  tokenRequests(grantType?: string): number;
  /** How often a refresh token came back that had been replaced, each of which ended a whole family of tokens. */
  readonly refreshTokenReuses: number;
  /** Tells what an access token is worth, with no request. It dies to the millisecond of its lifetime. */
  readonly introspect: Introspect;

  /** From now on access tokens live this long, in milliseconds. Those already given keep their lifetime. */
  setAccessTokenLifetimeMs(lifetimeMs: number): void;
  /**
   * For how long the token endpoint holds back each answer once the work is done, in milliseconds. Assign it to widen
   * the gap in which clients race. Default: 0.
   */
  delayTokenResponsesMs: number;
  /** The next request to a path, or an endpoint's URL, meets `fault`; calling it again is for the one after that. */
  failNext(path: string, fault: RequestFault): void;
  /** Ends all that the person has: sessions, grants and every token. */
  endSession(): void;
}

/** Starts an {@link AuthServer}. It prints nothing and shares nothing with another one in the same process. */
export async function startAuthServer(options: AuthServerOptions = {}): Promise<AuthServer> {
  const {
    accessTokenLifetimeMs = 3_600_000,
    rotateRefreshTokens = true,
    scopes = ["api:read", "api:write"],
    nativeRedirectUris = ["http://127.0.0.1/callback"],
    fixedPorts = [],
    dpop = false,
    pushedAuthorizationRequests = false,
    clients = [],
    resources = [],
    trustedKeys = [],
    jsonTokenRequests = false,
    password = `test-only & "${random()}" é`,
    port,
  } = options;

  const nativeClientId = "org-auth-cli";
  const fixedClientId = "org-auth-fixed";
  const confidentialClient = { clientId: `machine-${random()}`, clientSecret: `test-only+%:${random()}` };
  const person = {
    subject: `subject-${random()}`,
    username: "ana",
    email: "ana@example.com",
    password,
  };

  let lifetimeMs = lifetime(accessTokenLifetimeMs);
  let refreshTokenReuses = 0;
  const requests: RecordedRequest[] = [];
  const records = memoryRecords();
  const closing = new AbortController();
  const faults = requestFaults("/token", closing.signal);
  const oidc = await loadProvider();
  const configuration = await providerConfiguration({
    adapter: records.adapter,
    accessTokenLifetimeMs: () => lifetimeMs,
    rotateRefreshTokens,
    dpop,
    pushedAuthorizationRequests,
    scopes,
    resources,
    errors: oidc.errors,
    person,
    clients: [
      // oidc-provider forgives another port to native clients only; the others are "web".
      { ...publicClient(nativeClientId, nativeRedirectUris), application_type: "native" },
      ...(fixedPorts.length === 0 ? [] : [publicClient(fixedClientId, fixedPorts.map(callbackAt))]),
      {
        client_id: confidentialClient.clientId,
        client_secret: confidentialClient.clientSecret,
        token_endpoint_auth_method: "client_secret_basic",
        grant_types: ["client_credentials"],
        response_types: [],
        redirect_uris: [],
        scope: scopes.join(" "),
      },
      ...clients.map((client) => clientMetadata(client, nativeRedirectUris)),
    ],
  });

  const { promise: started, resolve: start } = Promise.withResolvers<Provider>();
  const server = await startLoopbackServer(
    (origin) => {
      const provider = new oidc.Provider(origin, configuration);
      provider.silent = true;
      provider.on("grant.revoked", (ctx) => {
        if (ctx.oidc.params?.["grant_type"] === "refresh_token") refreshTokenReuses++;
      });
      registerMoreGrants(provider, oidc.errors, { person, scopes: ["openid", ...scopes], resources, trustedKeys });
      provider.use(faults.middleware);
      provider.use(signInPages(provider, person));
      start(provider);

      const answer = provider.callback();
      const jsonPaths = jsonTokenRequests ? ["token", "revocation"].map((name) => provider.pathFor(name)) : [];
      return async (request, response, body) => {
        const form = jsonPaths.includes(request.url ?? "") ? formOfJson(request, body) : body;
        requests.push(recorded(request, form ?? body));
        if (form !== undefined) await answer(replayed(request, form), response);
        else response.writeHead(400, { "content-type": "application/json" }).end('{"error":"invalid_request"}');
      };
    },
    { port },
  );
  const provider = await started;

  const issuer = server.origin;
  const pathOf = (pathOrUrl: string): string => new URL(pathOrUrl, issuer).pathname;
  async function close(): Promise<void> {
    closing.abort();
    await server.close();
  }

  const authServer: AuthServer = {
    origin: server.origin,
    issuer,
    metadata: {
      issuer,
      tokenEndpoint: provider.urlFor("token"),
      authorizationEndpoint: provider.urlFor("authorization"),
      deviceAuthorizationEndpoint: provider.urlFor("device_authorization"),
      ...(pushedAuthorizationRequests !== false && {
        pushedAuthorizationRequestEndpoint: provider.urlFor("pushed_authorization_request"),
      }),
      ...(pushedAuthorizationRequests === "required" && { pushedAuthorizationRequestRequired: true }),
      revocationEndpoint: provider.urlFor("revocation"),
      jwksUri: provider.urlFor("jwks"),
      issParameterSupported: true,
      ...(dpop !== false && { dpopSupported: true }),
    },
    nativeClientId,
    fixedClientId,
    confidentialClient,
    person,

    requests,
    count(path, { method, grantType } = {}) {
      const wanted = pathOf(path);
      return requests.filter(
        (request) =>
          request.path === wanted &&
          (method === undefined || request.method === method) &&
          (grantType === undefined || request.grantType === grantType),
      ).length;
    },
    tokenRequests: (grantType) =>
      authServer.count("/token", { method: "POST", ...(grantType === undefined ? {} : { grantType }) }),
    get refreshTokenReuses() {
      return refreshTokenReuses;
    },
    async introspect(accessToken) {
      // The records know the end to the millisecond; the provider counts whole seconds and would end it sooner.
      const options = { ignoreExpiration: true };
      const ofPerson = await provider.AccessToken.find(accessToken, options);
      const token = ofPerson ?? (await provider.ClientCredentials.find(accessToken, options));
      if (token?.clientId === undefined) return { active: false };
      const { aud, clientId, scopes, jkt } = token;
      const audiences = aud === undefined ? undefined : [aud].flat();
      return { active: true, clientId, scopes: [...scopes], audiences, subject: ofPerson?.accountId, jkt };
    },

    setAccessTokenLifetimeMs(next) {
      lifetimeMs = lifetime(next);
    },
    get delayTokenResponsesMs() {
      return faults.tokenResponseDelayMs;
    },
    set delayTokenResponsesMs(delayMs) {
      faults.tokenResponseDelayMs = delayMs;
    },
    failNext: (path, fault) => faults.add(pathOf(path), fault),
    endSession: () => records.forgetAccount(person.subject),
    close,
    [Symbol.asyncDispose]: close,
  };
  return authServer;
}

function publicClient(clientId: string, redirectUris: readonly string[]): ClientMetadata {
  return {
    client_id: clientId,
    token_endpoint_auth_method: "none",
    redirect_uris: redirectUris,
    grant_types: ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"],
    response_types: ["code"],
  };
}

function callbackAt(port: number): string {
  return `http://127.0.0.1:${port}/callback`;
}

function recorded(request: IncomingMessage, body: Buffer): RecordedRequest {
  const isForm = request.headers["content-type"]?.startsWith("application/x-www-form-urlencoded") === true;
  const form = new URLSearchParams(isForm ? body.toString() : "");
  return {
    method: request.method ?? "",
    path: (request.url ?? "").replace(/\?.*/s, ""),
    fieldNames: [...form.keys()],
    grantType: form.get("grant_type") ?? undefined,
  };
}

/** The same request with its body still to be read, which the provider insists on doing itself. */
function replayed(request: IncomingMessage, body: Buffer): IncomingMessage {
  const copy = new IncomingMessage(request.socket);
  copy.method = request.method;
  copy.url = request.url;
  copy.httpVersion = request.httpVersion;
  copy.headers = request.headers;
  copy.rawHeaders = request.rawHeaders;
  copy.complete = true; // Else the end of this stream would end the connection.
  copy.push(body);
  copy.push(null);
  return copy;
}

function lifetime(lifetimeMs: number): number {
  if (!(lifetimeMs > 0 && lifetimeMs < Infinity)) throw new TypeError("an access token's lifetime is not above 0");
  return lifetimeMs;
}

function random(): string {
  return randomBytes(12).toString("base64url");
}
