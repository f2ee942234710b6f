import {
  accessToken,
  AuthError,
  fixed,
  isAuthError,
  LoginRequiredError,
  NoCredentialError,
  reuse,
  stored,
  type FoundCredential,
  type Renew,
  type StoredOptions,
  type AccessToken,
  type CredentialStore,
  type TokenSource,
} from "@org/auth-core";
import type { HttpOptions } from "@org/auth-flows";
import { grantOf } from "./grant-of.ts";
import type { Settings } from "./settings.ts";

export interface SourceForOptions extends StoredOptions {
  /** Keeps what is renewed. */
  readonly store: CredentialStore;
  readonly settings: Settings;
  /** How the authorization server is asked. */
  readonly http: HttpOptions;
}

/**
 * Makes a source of tokens from a credential, by its kind. Nothing is asked of a server before the first token is. That
 * of an anonymous one rejects with {@link NoCredentialError}.
 */
export function sourceFor(found: FoundCredential, options: SourceForOptions): TokenSource {
  const { credential, provenance, key } = found;
  const { http, settings } = options;
  const { site } = settings;
  const storedOptions: StoredOptions = {
    refreshEarlyMs: site?.refreshEarlyMs,
    retryLostResponse: site?.retryLostResponse,
    ...options,
    provenance,
  };

  switch (credential.kind) {
    case "anonymous":
      return { getToken: () => Promise.reject(new NoCredentialError([], { hint: options.loginHint })) };
    case "api-key": {
      const token = accessToken({ value: credential.apiKey, expiresAtMs: credential.expiresAtMs, provenance });
      // Of one that was given outright the API decides whether it has ended; one that a sign-in has left can be had anew.
      return key === undefined ? fixed(token) : untilItsEnd(token, options);
    }
    case "static-token":
      return fixed(accessToken({ value: credential.accessToken, expiresAtMs: credential.expiresAtMs, provenance }));
    case "token-set": {
      const { issuer } = credential.server;
      const loginKey = key ?? { issuer, clientId: credential.clientId, profile: "default" };
      const renew = async (current: typeof credential | undefined) => {
        if (current === undefined) {
          throw new LoginRequiredError("the login is gone: someone has signed out", { hint: options.loginHint });
        }
        const { refresh } = await import("@org/auth-flows");
        return await refresh(current, { clientId: current.clientId }, http);
      };
      return reuse(stored(options.store, loginKey, renew, storedOptions), storedOptions);
    }
    case "pending-login":
      throw new LoginRequiredError("the sign-in still waits for its person");
    default: {
      // A sign-in would not help: what was given wins over it.
      const loginHint = provenance.name === undefined ? options.loginHint : `put another one into ${provenance.name}`;
      return reuse(
        lazySource(async () => {
          const { key, renew } = await grantOf(credential, settings, http);
          const told = credential.kind === "refresh-token" ? hinting(renew, loginHint) : renew;
          return stored(options.store, key, told, { ...storedOptions, loginHint });
        }),
        storedOptions,
      );
    }
  }
}

/** The same, telling what to do when the server does not take the refresh token. */
function hinting(renew: Renew, hint: string | undefined): Renew {
  return async (current) => {
    try {
      return await renew(current);
    } catch (error) {
      if (!isAuthError(error) || error.code !== "invalid_grant") throw error;
      throw new AuthError(error.code, error.message, { cause: error, hint });
    }
  };
}

/** A token that nothing renews but a new sign-in. */
function untilItsEnd(token: AccessToken, { loginHint: hint, now = Date.now }: StoredOptions): TokenSource {
  return {
    getToken: async () => {
      if (now() < (token.expiresAtMs ?? Infinity)) return token;
      throw new LoginRequiredError("the API key that the login left has ended", { hint });
    },
  };
}

/** A source that is made when it is first asked, and again when that failed. */
function lazySource(make: () => Promise<TokenSource>): TokenSource {
  let made: Promise<TokenSource> | undefined;
  return {
    async getToken(options) {
      made ??= make().catch((error: unknown) => {
        made = undefined;
        throw error;
      });
      return await (await made).getToken(options);
    },
  };
}
