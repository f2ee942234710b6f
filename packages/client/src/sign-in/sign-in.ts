import {
  accessTokenOf,
  AuthError,
  changedTokenSet,
  type ApiKey,
  type ApiTarget,
  type AuthorizationServer,
  type TokenSet,
} from "@org/auth-core";
import type { DeviceAuthorization, HttpOptions, LandingPage, TokenTarget } from "@org/auth-flows";
import { defaultScopes, type Site } from "../site.ts";

export interface BrowserSignInOptions<Kept> {
  readonly http: HttpOptions;
  /**
   * Keeps what the sign-in has brought, such as by `keepSignIn`, before the browser is shown that the person is signed in.
   * What it rejects with ends the sign-in, and the browser is told what its code means.
   */
  readonly keep: (tokens: TokenSet) => Promise<Kept>;
  /** How long the person may take, in milliseconds. Default: the flow's own limit. */
  readonly timeoutMs?: number | undefined;
  /** Brings the address to the person: prints it, opens a browser. The redirect is listened for by then. */
  readonly show: (url: string) => Promise<void> | void;
  /** What the browser shows in the end. Default: the site's own pages, or a plain one. */
  readonly landingPage?: LandingPage | undefined;
  /** More for the authorization request, such as `prompt`. Default: nothing. */
  readonly extraParameters?: Readonly<Record<string, string>> | undefined;
}

export interface DeviceSignInOptions {
  readonly http: HttpOptions;
  /** Brings the code and the address to the person. */
  readonly show: (authorization: DeviceAuthorization) => Promise<void> | void;
  /** More for the request that gets the code. Default: nothing. */
  readonly extraParameters?: Readonly<Record<string, string>> | undefined;
}

/** Signs a person in at a site through their browser, and gives what `keep` does. Rejects as `authorizationCode` does. */
export async function signInByBrowser<Kept>(
  site: Site,
  server: AuthorizationServer,
  { http, keep, timeoutMs, show, landingPage, extraParameters }: BrowserSignInOptions<Kept>,
): Promise<Kept> {
  const { authorizationCode, redirectTo } = await import("@org/auth-flows");
  const { authorizationParameters, landing, redirect } = site;
  const { promise: kept, resolve } = Promise.withResolvers<Kept>();
  await authorizationCode(
    server,
    { clientId: site.clientId },
    {
      ...signInTarget(site),
      show,
      accept: async (tokens) => resolve(await keep(tokens)),
      redirect,
      http,
      timeoutMs,
      landingPage: landingPage ?? (landing && redirectTo(landing)),
      extraParameters: { ...authorizationParameters, ...extraParameters },
    },
  );
  return await kept;
}

/** Signs a person in at a site by a code on another device. Rejects as `deviceCode` does. */
export async function signInByDevice(
  site: Site,
  server: AuthorizationServer,
  { http, show, extraParameters }: DeviceSignInOptions,
): Promise<TokenSet> {
  const { deviceCode } = await import("@org/auth-flows");
  return await deviceCode(server, { clientId: site.clientId }, { ...signInTarget(site), show, http, extraParameters });
}

/** What a sign-in at a site asks for. */
export function signInTarget(site: Site): TokenTarget & { readonly scopes: readonly string[] } {
  const { scopes = defaultScopes, resources, audiences, dpop } = site;
  return { scopes, resources, audiences, dpop };
}

/** Where a site's tokens may go. `undefined`: it has no API. */
export function signInApi({ apiUrl, allowedOrigins = [] }: Site): ApiTarget | undefined {
  if (apiUrl === undefined) return undefined;
  const origins = [apiUrl, ...allowedOrigins].map((url) => new URL(url).origin);
  return { baseUrl: apiUrl, origins: [...new Set(origins)] };
}

/**
 * What a sign-in leaves behind: its tokens, or the API key that the site has made with them, for one more request.
 * Rejects as `createApiKey` does, and with {@link AuthError} (`host_not_allowed`) when tokens may not go where keys are made.
 */
export async function signInResult(
  tokens: TokenSet,
  site: Site,
  { http, tag }: { readonly http: HttpOptions; readonly tag: string },
): Promise<ApiKey | TokenSet> {
  const api = signInApi(site);
  const { loginKeeps = "tokens", apiKeyScopes: scopes, apiKeysUrls = [] } = site;
  if (loginKeeps === "tokens") return changedTokenSet(tokens, { api });
  const stray = apiKeysUrls.find((url) => api?.origins.includes(new URL(url).origin) !== true);
  if (stray !== undefined) {
    throw new AuthError(
      "host_not_allowed",
      `API keys are to be made at ${new URL(stray).host}, where tokens may not go`,
      {
        hint: "see that api_url, allowed_origins and api_keys_urls of the site belong together",
      },
    );
  }
  const { createApiKey } = await import("@org/auth-flows");
  const { account } = tokens;
  return await createApiKey({ apiKeysUrls, api }, accessTokenOf(tokens), { tags: [tag], scopes, account, http });
}
