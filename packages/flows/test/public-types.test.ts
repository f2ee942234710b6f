import type { AccessToken, ApiKey, AuthError, AuthorizationServer, TokenSet, TokenSource } from "@org/auth-core";
import { expectTypeOf, test } from "vitest";
import {
  authorizationCode,
  authorizationServer,
  clientCredentials,
  createApiKey,
  defaultPage,
  deviceCode,
  exchangeToken,
  fetchFailure,
  jwtBearer,
  mountedIdentityToken,
  passwordGrant,
  pollDeviceLogin,
  redeemDeveloperToken,
  redirectTo,
  refresh,
  requestedIdentityToken,
  revoke,
  twoStage,
  type ClientIdentity,
  type DeviceAuthorization,
  type DevicePoll,
  type HttpOptions,
  type LandingContext,
  type LandingOutcome,
  type LandingPage,
} from "../src/index.ts";

// What callers may rely on. The compiler checks it: `tsc -p packages/flows/tsconfig.json`.

test("every flow is a function of a server, a client and options that gives a token set", () => {
  type Flow<Options> = (server: AuthorizationServer, client: ClientIdentity, options: Options) => Promise<TokenSet>;
  expectTypeOf(authorizationCode).toExtend<Flow<{ scopes: string[]; show: () => void }>>();
  expectTypeOf(deviceCode).toExtend<Flow<{ scopes: string[]; show: (shown: DeviceAuthorization) => void }>>();
  expectTypeOf(clientCredentials).toExtend<Flow<{ scopes?: string[] } | undefined>>();
  expectTypeOf(exchangeToken).toExtend<Flow<{ subjectToken: string; subjectTokenType: string }>>();
  expectTypeOf(jwtBearer).toExtend<Flow<{ assertion: string }>>();
  expectTypeOf(passwordGrant).toExtend<Flow<{ username: string; password: string }>>();
});

test("a renewal takes the token set and gives the next one", () => {
  expectTypeOf(refresh).parameter(0).toEqualTypeOf<TokenSet>();
  expectTypeOf(refresh).parameter(1).toEqualTypeOf<ClientIdentity>();
  expectTypeOf(refresh).parameter(2).toEqualTypeOf<HttpOptions | undefined>();
  expectTypeOf(refresh).returns.resolves.toEqualTypeOf<TokenSet>();
  expectTypeOf(revoke).returns.resolves.toBeVoid();
});

test("a server is found by its issuer", () => {
  expectTypeOf(authorizationServer).parameter(0).toBeString();
  expectTypeOf(authorizationServer).returns.resolves.toEqualTypeOf<AuthorizationServer>();
});

test("what a flow needs of a person has to be given", () => {
  expectTypeOf(authorizationCode).parameter(2).toHaveProperty("show");
  expectTypeOf<{ readonly scopes: readonly string[] }>().not.toExtend<Parameters<typeof authorizationCode>[2]>();
  expectTypeOf<{ readonly show: () => void }>().not.toExtend<Parameters<typeof deviceCode>[2]>();
});

test("polling says whether the person has approved, and only then has tokens", () => {
  expectTypeOf(pollDeviceLogin).returns.resolves.toEqualTypeOf<DevicePoll>();
  expectTypeOf<Extract<DevicePoll, { kind: "approved" }>["tokens"]>().toEqualTypeOf<TokenSet>();
  expectTypeOf<Extract<DevicePoll, { kind: "pending" }>>().not.toHaveProperty("tokens");
});

test("a landing page is a handler of a request", () => {
  expectTypeOf<LandingPage>().toEqualTypeOf<
    (request: Request, context: LandingContext) => Promise<Response> | Response
  >();
  expectTypeOf(defaultPage).toExtend<LandingPage>();
  expectTypeOf(redirectTo).returns.toEqualTypeOf<LandingPage>();
  expectTypeOf(twoStage).parameter(0).toEqualTypeOf<LandingPage>();
  expectTypeOf<Extract<LandingOutcome, { kind: "signed-in" }>["source"]>().toEqualTypeOf<TokenSource>();
  // There is no token where nobody has signed in.
  expectTypeOf<Extract<LandingOutcome, { kind: "failed" }>>().not.toHaveProperty("source");
});

test("API keys and developer tokens become credentials of core", () => {
  expectTypeOf(createApiKey).parameter(1).toEqualTypeOf<AccessToken>();
  expectTypeOf(createApiKey).returns.resolves.toEqualTypeOf<ApiKey>();
  expectTypeOf(redeemDeveloperToken).returns.resolves.toEqualTypeOf<AccessToken>();
});

test("an identity token is got when it is needed, and may be stopped", () => {
  type Get = (signal?: AbortSignal) => Promise<string>;
  expectTypeOf(mountedIdentityToken).returns.toEqualTypeOf<Get>();
  expectTypeOf(requestedIdentityToken).returns.toEqualTypeOf<Get>();
});

test("every request can be made by the caller's own fetch, clock and time limit", () => {
  expectTypeOf<HttpOptions["fetch"]>().toEqualTypeOf<typeof globalThis.fetch | undefined>();
  expectTypeOf<HttpOptions["now"]>().toEqualTypeOf<(() => number) | undefined>();
  expectTypeOf<HttpOptions["timeoutMs"]>().toEqualTypeOf<number | undefined>();
  expectTypeOf<HttpOptions["signal"]>().toEqualTypeOf<AbortSignal | undefined>();
  expectTypeOf(fetchFailure).returns.toEqualTypeOf<AuthError>();
});
