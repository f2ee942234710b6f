import {
  accessToken,
  fixed,
  isAuthError,
  LoginRequiredError,
  TokenExpiredError,
  NoCredentialError,
  reuse,
  stored,
  type AuthErrorCode,
  type FoundCredential,
  type Renew,
  type StoredOptions,
  type AccessToken,
  type CredentialStore,
  type Step,
  type TokenSource,
} from "@org/auth-core";
import type { HttpOptions } from "@org/auth-flows";
import { published } from "./event-channel.ts";
import { grantOf, type GrantCredential } from "./grant-of.ts";
import { keptBeforeSpent } from "./kept-before-spent.ts";
import type { Settings } from "./settings.ts";
import { toldAfterSaving } from "./told-after-saving.ts";
import { traced } from "./traced.ts";

export interface SourceForOptions extends StoredOptions {
  /** Keeps what is renewed. */
  readonly store: CredentialStore;
  readonly settings: Settings;
  /** How the authorization server is asked. */
  readonly http: HttpOptions;
  /** How the credential was found. Goes with every error. */
  readonly steps: readonly Step[];
  /** What to do where the store cannot keep what replaces a refresh token. Default: that of the error's code. */
  readonly storeHint?: string | undefined;
}

/**
 * Makes a source of tokens from a credential, by its kind. Nothing is asked of a server before the first token is. That
 * of an anonymous one rejects with {@link NoCredentialError}.
 */
export function sourceFor(found: FoundCredential, options: SourceForOptions): TokenSource {
  const { credential, provenance, key } = found;
  const { settings, steps } = options;
  const { site } = settings;
  const { around, during } = toldAfterSaving(published(options.onEvent));
  const http = { ...options.http, onEvent: during };
  const storedOptions: StoredOptions = {
    refreshEarlyMs: site?.refreshEarlyMs,
    retryLostResponse: site?.retryLostResponse,
    ...options,
    onEvent: around,
    provenance,
  };
  // What is held passes by what tells errors how their credential was found.
  const held = (source: TokenSource): TokenSource => reuse(traced(source, steps), storedOptions);

  switch (credential.kind) {
    case "anonymous":
      return { getToken: () => Promise.reject(new NoCredentialError(steps, { hint: options.loginHint })) };
    case "api-key": {
      const token = accessToken({ value: credential.apiKey, expiresAtMs: credential.expiresAtMs, provenance });
      // Of one that was given outright the API decides whether it has ended; one that a sign-in has left can be had anew.
      return key === undefined ? fixed(token) : traced(untilItsEnd(token, options), steps);
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
        if (current.refreshToken === undefined) {
          throw new TokenExpiredError(`the login at ${issuer} has no refresh token`, { hint: options.loginHint });
        }
        const { refresh } = await import("@org/auth-flows");
        return await refresh(current, { clientId: current.clientId }, http);
      };
      return held(stored(options.store, loginKey, renew, storedOptions));
    }
    case "pending-login":
      throw new LoginRequiredError("the sign-in still waits for its person");
    default: {
      // A sign-in would not help: what was given wins over it.
      const { name = "the argument" } = provenance;
      const loginHint = provenance.name === undefined ? options.loginHint : `put another one into ${name}`;
      return held(
        lazySource(async () => {
          const { key, renew } = await grantOf(credential, settings, http);
          const told = hinting(renew, credential, name);
          const source = stored(options.store, key, told, { ...storedOptions, loginHint });
          if (credential.kind !== "refresh-token") return source;
          const hasToken = credential.accessToken !== undefined;
          return keptBeforeSpent(source, { store: options.store, key, hasToken, name, hint: options.storeHint });
        }),
      );
    }
  }
}

/** The same, telling where to mend what the server does not take. `name` is what holds the secret. */
function hinting(renew: Renew, credential: GrantCredential, name: string): Renew {
  return async (current) => {
    try {
      return await renew(current);
    } catch (error) {
      const hint = isAuthError(error) ? hintFor(error.code, credential, name) : undefined;
      // It stays the server's error, with all that it says.
      if (hint !== undefined) Reflect.set(error as object, "hint", hint);
      throw error;
    }
  };
}

function hintFor(code: AuthErrorCode, { kind }: GrantCredential, name: string): string | undefined {
  const isOwn = kind === "client-secret" || kind === "private-key";
  if (code === "invalid_grant" && kind === "refresh-token") return `put another one into ${name}`;
  if (code !== "invalid_client") return undefined;
  return isOwn
    ? `check the client id, and what ${name} holds`
    : `check the client id and secret that belong to ${name}`;
}

/** A token that nothing renews but a new sign-in. */
function untilItsEnd(token: AccessToken, { loginHint: hint, now = Date.now }: StoredOptions): TokenSource {
  return {
    getToken: async () => {
      if (now() < (token.expiresAtMs ?? Infinity)) return token;
      throw new TokenExpiredError("the API key that the login left has ended", { hint });
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
