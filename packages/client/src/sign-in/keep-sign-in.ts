import { accessTokenOf, isAuthError, type ApiKey, type CredentialKey, type TokenSet } from "@org/auth-core";
import type { HttpOptions } from "@org/auth-flows";
import type { Product } from "../product.ts";
import type { Site } from "../site.ts";
import { keepLogin } from "../storage/keep-login.ts";
import type { Storage } from "../storage/storage.ts";
import { requireSameAccount } from "./require-same-account.ts";
import { signInResult } from "./sign-in.ts";

export interface KeepSignInOptions {
  readonly storage: Storage;
  readonly key: CredentialKey;
  readonly site: Site;
  readonly product: Product;
  readonly http: HttpOptions;
  /** What an API key that is made says of who had it made. */
  readonly tag: string;
}

/**
 * Keeps what a sign-in has brought as the login of its profile, and gives what is kept. It is one transaction under the
 * login's lock: of two accounts that sign in to one profile at the same time one is kept.
 *
 * Rejects with `wrong_account`, and as `signInResult` and `keepLogin` do; then nothing is kept, and the tokens and the key
 * that was made with them are ended at their servers, as far as that can be had.
 */
export async function keepSignIn(tokens: TokenSet, options: KeepSignInOptions): Promise<ApiKey | TokenSet> {
  const { storage, key, site, product, http, tag } = options;
  let made: ApiKey | TokenSet | undefined;
  try {
    return await keepLogin(storage, key, async (replaced) => {
      requireSameAccount(replaced, key, tokens.account, product);
      made = await signInResult(tokens, site, { http, tag });
      return made;
    });
  } catch (error) {
    await takeBack(tokens, made, options);
    throw error;
  }
}

/** Also where the caller has stopped: nobody else knows these tokens. Each request ends by itself. */
async function takeBack(
  tokens: TokenSet,
  made: ApiKey | TokenSet | undefined,
  { site: { apiKeysUrls = [] }, http: callers }: KeepSignInOptions,
): Promise<void> {
  const { revoke, revokeApiKey } = await import("@org/auth-flows");
  const { server, clientId, accessToken, refreshToken } = tokens;
  const http = { ...callers, signal: undefined };
  if (made?.kind === "api-key" && made.keyId !== undefined) {
    const { keyId } = made;
    await asFarAsCanBe(() => revokeApiKey({ apiKeysUrls }, accessTokenOf(tokens), keyId, { http }));
  }
  const tokenTypeHint = refreshToken === undefined ? "access_token" : "refresh_token";
  await asFarAsCanBe(() => revoke(server, { clientId }, refreshToken ?? accessToken, { tokenTypeHint, http }));
}

/** What cannot be ended lives to its own end; why it was to be ended is what the person is told. */
async function asFarAsCanBe(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isAuthError(error)) throw error;
  }
}
