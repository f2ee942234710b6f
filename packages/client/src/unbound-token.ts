import { AuthError, type AccessToken, type GetTokenOptions, type TokenSource } from "@org/auth-core";

/** A token for whoever sends no proofs. Rejects with {@link AuthError} `config_invalid` when it is worth nothing there. */
export async function unboundToken(source: TokenSource, options?: GetTokenOptions): Promise<AccessToken> {
  const token = await source.getToken(options);
  if (token.proof === undefined) return token;
  throw new AuthError("config_invalid", "the token is bound to a key (DPoP), and worth nothing without a proof", {
    hint: "send it by authorizedFetch, or sign in without `dpop`",
  });
}
