import { tokenSet, type AuthorizationServer, type TokenSet } from "@org/auth-core";
import type { ClientIdentity } from "./client-auth.ts";
import type { ProofKey } from "./proof-key.ts";
import type { TokenAnswer } from "./token-request.ts";
import type { TokenTarget } from "./token-target.ts";

/** The token set of a grant that starts afresh; `target` is what was asked for, `proofKey` what it was asked with. */
export function newTokenSet(
  { accessToken, tokenType, refreshToken, obtainedAtMs, expiresAtMs, scopes: granted, ...signIn }: TokenAnswer,
  server: AuthorizationServer,
  { clientId }: ClientIdentity,
  { scopes = [], resources, audiences }: TokenTarget,
  proofKey: ProofKey | undefined,
): TokenSet {
  // A refresh token may be bound to it even where the access token is not, and the answer does not say so.
  const isKeyNeeded = tokenType === "DPoP" || refreshToken !== undefined;
  return tokenSet({
    server,
    clientId,
    accessToken,
    refreshToken,
    tokenType,
    dpopKey: isKeyNeeded ? proofKey?.jwk : undefined,
    obtainedAtMs,
    expiresAtMs,
    scopes: granted ?? scopes,
    resources,
    audiences,
    account: signIn.account,
    acr: signIn.acr,
    authenticatedAtMs: signIn.authenticatedAtMs,
    generation: 0,
  });
}
