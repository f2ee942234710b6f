import { accessTokenOf, type ApiKey, type CredentialKey, type TokenSet } from "@org/auth-core";
import type { HttpOptions } from "@org/auth-flows";
import type { Product } from "../product.ts";
import type { Site } from "../site.ts";
import { keepLogin } from "../storage/keep-login.ts";
import type { Storage } from "../storage/storage.ts";
import { requireSameAccount } from "./require-same-account.ts";
import { revokeLogin } from "./revoke-login.ts";
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
 * that was made with them are ended at their servers, as far as that can be had; but for tokens of a person whose old
 * login stays, as they may be of the same grant.
 */
export async function keepSignIn(tokens: TokenSet, options: KeepSignInOptions): Promise<ApiKey | TokenSet> {
  const { storage, key, site, product, http, tag } = options;
  let made: ApiKey | TokenSet | undefined;
  let isSameGrant = false;
  try {
    return await keepLogin(storage, key, async (replaced) => {
      requireSameAccount(replaced, key, tokens.account, product);
      isSameGrant = replaced?.kind === "token-set";
      made = await signInResult(tokens, site, { http, tag });
      return made;
    });
  } catch (error) {
    await takeBack(tokens, made, options, isSameGrant);
    throw error;
  }
}

/**
 * Also where the caller has stopped: nobody else knows these tokens. Each request ends by itself. What cannot be ended
 * lives to its own end; why it was to be ended is what the person is told, so this never rejects.
 */
async function takeBack(
  tokens: TokenSet,
  made: ApiKey | TokenSet | undefined,
  { site: { apiKeysUrls = [] }, http: callers }: KeepSignInOptions,
  isSameGrant: boolean,
): Promise<void> {
  const http = { ...callers, signal: undefined };
  if (made?.kind === "api-key") await revokeMade(made, tokens, { apiKeysUrls, http }).catch(ignore);
  // The last: the key is ended with these. Servers that give one person's sign-ins one grant would end the old login too.
  if (!isSameGrant) await revokeLogin(tokens, http).catch(ignore);
}

async function revokeMade(
  { keyId }: ApiKey,
  tokens: TokenSet,
  { apiKeysUrls, http }: { readonly apiKeysUrls: readonly string[]; readonly http: HttpOptions },
): Promise<void> {
  if (keyId === undefined) return;
  const { revokeApiKey } = await import("@org/auth-flows");
  await revokeApiKey({ apiKeysUrls }, accessTokenOf(tokens), keyId, { http });
}

function ignore(): void {
  // There is nothing else to be done.
}
