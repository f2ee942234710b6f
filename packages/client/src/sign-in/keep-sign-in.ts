import { isAuthError, type ApiKey, type CredentialKey, type TokenSet } from "@org/auth-core";
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
 * Keeps what a sign-in has brought as the login of its profile, and gives what is kept. Rejects with `wrong_account`, and
 * as `signInResult` and `keepLogin` do; then nothing is kept, and the tokens are ended at the server, as far as that can
 * be had.
 */
export async function keepSignIn(tokens: TokenSet, options: KeepSignInOptions): Promise<ApiKey | TokenSet> {
  const { storage, key, site, product, http, tag } = options;
  try {
    await requireSameAccount(storage, key, tokens.account, product);
    const login = await signInResult(tokens, site, { http, tag });
    await keepLogin(storage, key, login);
    return login;
  } catch (error) {
    await takeBack(tokens, http);
    throw error;
  }
}

async function takeBack({ server, clientId, accessToken, refreshToken }: TokenSet, http: HttpOptions): Promise<void> {
  const { revoke } = await import("@org/auth-flows");
  try {
    const tokenTypeHint = refreshToken === undefined ? "access_token" : "refresh_token";
    await revoke(server, { clientId }, refreshToken ?? accessToken, { tokenTypeHint, http });
  } catch (error) {
    if (!isAuthError(error)) throw error;
  }
}
