import { isAuthError, type AuthError, type TokenSet } from "@org/auth-core";
import type { HttpOptions } from "@org/auth-flows";

/** What became of the tokens at the server. */
export type Revocation =
  { readonly outcome: "failed"; readonly error: AuthError } | { readonly outcome: "revoked" | "skipped" };

/** Has a login ended at its server. That this cannot be had is no error: the outcome says so. */
export async function revokeLogin(
  { server, clientId, accessToken, refreshToken }: TokenSet,
  http: HttpOptions,
): Promise<Revocation> {
  const flows = await import("@org/auth-flows");
  try {
    // Revoking the refresh token ends the whole grant (RFC 7009 section 2.1).
    const tokenTypeHint = refreshToken === undefined ? "access_token" : "refresh_token";
    await flows.revoke(server, { clientId }, refreshToken ?? accessToken, { tokenTypeHint, http });
    return { outcome: "revoked" };
  } catch (error) {
    if (!isAuthError(error)) throw error;
    return { outcome: "failed", error };
  }
}
