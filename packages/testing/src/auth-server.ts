import { randomBytes } from "node:crypto";
import type { AuthorizationServer } from "@org/auth-core";
import { asRequestFault, type AuthServerFault } from "./auth-server-fault.ts";
import type { AuthServerOptions } from "./auth-server-options.ts";
import type { Introspect } from "./introspection.ts";
import { formOfJson } from "./json-token-request.ts";
import { loadProvider } from "./load-provider.ts";
import { startLoopbackServer, type LoopbackServer } from "./loopback-server.ts";
import { memoryRecords } from "./memory-records.ts";
import { registerMoreGrants } from "./more-grants.ts";
import { clientMetadata, confidentialClientOf, publicClient } from "./provider-clients.ts";
import { providerConfiguration } from "./provider-configuration.ts";
import { providerIntrospect } from "./provider-introspect.ts";
import { replayedRequest } from "./replayed-request.ts";
import { rotatingProvider, type RotatingProvider } from "./rotating-provider.ts";
import { serverMetadata } from "./server-metadata.ts";
import { signInPages } from "./sign-in-pages.ts";
import { signingKey } from "./signing-key.ts";

/**
 * An authorization server on loopback with two people, a public native client and a confidential client. PKCE with S256
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
  readonly person: AuthServerPerson;
  /** Another one, for what is to be refused to others. */
  readonly otherPerson: AuthServerPerson;

  /** How many requests a path, or an endpoint's URL, has got so far. */
  count(path: string, match?: { readonly method?: string; readonly grantType?: string }): number;
  /** How many requests the token endpoint has got so far: in all, or of one grant type. */
  tokenRequests(grantType?: string): number;
  /** How often a refresh token came back that had been replaced, each of which ended a whole family of tokens. */
  readonly refreshTokenReuses: number;
  /** Requests with a refresh token that were asked to come again with the server's nonce (RFC 9449 section 8). */
  readonly refreshTokensWithoutNonce: number;
  /** Tells what an access token is worth, with no request. It dies to the millisecond of its lifetime. */
  readonly introspect: Introspect;

  /** From now on access tokens live this long, in milliseconds. Those already given keep their lifetime. */
  setAccessTokenLifetimeMs(lifetimeMs: number): void;
  /**
   * For how long the token endpoint holds back each answer once the work is done, in milliseconds. Assign it to widen
   * the gap in which clients race. Default: 0.
   */
  delayTokenResponsesMs: number;
  /**
   * For how long a refresh token that was replaced may come back, in milliseconds, and is given another: servers forgive
   * so what a lost answer makes clients do. Assign it. Default: 0, every one that comes back ends its whole family.
   */
  refreshTokenGraceMs: number;
  /** The next request to a path, or an endpoint's URL, meets `fault`; calling it again is for the one after that. */
  failNext(path: string, fault: AuthServerFault): void;
  /** Ends all that the person has: sessions, grants and every token. */
  endSession(): void;
}

/** Who can sign in at an {@link AuthServer}. */
export interface AuthServerPerson {
  readonly subject: string;
  readonly username: string;
  readonly email: string;
  readonly password: string;
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
    acrValues = [],
    jsonTokenRequests = false,
    password = `test-only & "${random()}" é`,
    port,
  } = options;

  const nativeClientId = "org-auth-cli";
  const fixedClientId = "org-auth-fixed";
  const confidentialClient = { clientId: `machine-${random()}`, clientSecret: `test-only+%:${random()}` };
  const person = personNamed("ana", password);
  const otherPerson = personNamed("bob", `test-only-${random()}`);

  let lifetimeMs = lifetime(accessTokenLifetimeMs);
  let delayTokenResponsesMs = 0;
  let refreshTokenGraceMs = 0;
  let refreshTokenReuses = 0;
  let refreshTokensWithoutNonce = 0;
  const records = memoryRecords(() => refreshTokenGraceMs);
  const oidc = await loadProvider();
  const firstKey = await signingKey();
  const configuration = providerConfiguration({
    adapter: records.adapter,
    accessTokenLifetimeMs: () => lifetimeMs,
    rotateRefreshTokens,
    dpop,
    pushedAuthorizationRequests,
    scopes,
    resources,
    acrValues,
    errors: oidc.errors,
    people: [person, otherPerson],
    clients: [
      // oidc-provider forgives another port to native clients only; the others are "web".
      { ...publicClient(nativeClientId, nativeRedirectUris), application_type: "native" },
      ...(fixedPorts.length === 0 ? [] : [publicClient(fixedClientId, fixedPorts.map(callbackAt))]),
      confidentialClientOf(confidentialClient, scopes),
      ...clients.map((client) => clientMetadata(client, nativeRedirectUris)),
    ],
  });

  function providerAt(origin: string): RotatingProvider {
    return rotatingProvider((jwks) => {
      const provider = new oidc.Provider(origin, { ...configuration, jwks });
      provider.silent = true;
      provider.on("grant.revoked", (ctx) => {
        if (ctx.oidc.params?.["grant_type"] === "refresh_token") refreshTokenReuses++;
      });
      provider.on("grant.error", (ctx, { error }) => {
        const isRenewal = ctx.oidc.params?.["grant_type"] === "refresh_token";
        if (isRenewal && error === "use_dpop_nonce") refreshTokensWithoutNonce++;
      });
      registerMoreGrants(provider, oidc.errors, { person, scopes, resources, trustedKeys });
      provider.use(signInPages(provider, [person, otherPerson], acrValues));
      return provider;
    }, firstKey);
  }

  const { promise: started, resolve: start } = Promise.withResolvers<RotatingProvider>();
  const server = await startLoopbackServer(
    (origin) => {
      const provider = providerAt(origin);
      start(provider);
      const jsonPaths = jsonTokenRequests ? ["token", "revocation"].map((name) => provider.current.pathFor(name)) : [];
      return async (request, response, body) => {
        const form = jsonPaths.includes(request.url ?? "") ? formOfJson(request, body) : body;
        if (form !== undefined) await provider.answer(replayedRequest(request, form), response, form);
        else response.writeHead(400, { "content-type": "application/json" }).end('{"error":"invalid_request"}');
      };
    },
    {
      port,
      standingFault: (path) =>
        path === "/token" && delayTokenResponsesMs > 0 ? { delayHeadersMs: delayTokenResponsesMs } : undefined,
    },
  );
  const provider = await started;

  async function revokeFamily(refreshToken: string): Promise<void> {
    const { grantId } = (await provider.current.RefreshToken.find(refreshToken)) ?? {};
    if (grantId !== undefined) records.forgetGrant(grantId);
  }

  const authServer: AuthServer = {
    ...server,
    issuer: server.origin,
    metadata: serverMetadata(provider.current, options),
    nativeClientId,
    fixedClientId,
    confidentialClient,
    person,
    otherPerson,

    count(path, { method, grantType } = {}) {
      const wanted = new URL(path, server.origin).pathname;
      return server.requests.filter(
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
    get refreshTokensWithoutNonce() {
      return refreshTokensWithoutNonce;
    },
    introspect: providerIntrospect(() => provider.current),

    setAccessTokenLifetimeMs(next) {
      lifetimeMs = lifetime(next);
    },
    get delayTokenResponsesMs() {
      return delayTokenResponsesMs;
    },
    set delayTokenResponsesMs(delayMs) {
      delayTokenResponsesMs = delayMs;
    },
    get refreshTokenGraceMs() {
      return refreshTokenGraceMs;
    },
    set refreshTokenGraceMs(graceMs) {
      refreshTokenGraceMs = graceMs;
    },
    failNext(path, fault) {
      const { rotateKeys } = provider;
      server.failNext(path, asRequestFault(fault, { rotateKeys, revokeFamily, signingKey: () => provider.signingKey }));
    },
    endSession: () => records.forgetAccount(person.subject),
  };
  return authServer;
}

function personNamed(username: string, password: string): AuthServerPerson {
  return { subject: `subject-${random()}`, username, email: `${username}@example.com`, password };
}

function callbackAt(port: number): string {
  return `http://127.0.0.1:${port}/callback`;
}

function lifetime(lifetimeMs: number): number {
  if (!(lifetimeMs > 0 && lifetimeMs < Infinity)) throw new TypeError("an access token's lifetime is not above 0");
  return lifetimeMs;
}

function random(): string {
  return randomBytes(12).toString("base64url");
}
