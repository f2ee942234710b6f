import { ladderStore, signInApi, type Site } from "@org/auth-client/source";
import { isAuthError, type ApiKey, type Credential, type TokenSet } from "@org/auth-core";
import { keyOf, type LoginTask } from "./login-request.ts";

/** The login that is there already and does what the one that is asked for would. `undefined`: there is none. */
export async function alreadySignedIn(task: LoginTask): Promise<ApiKey | TokenSet | undefined> {
  const { context, site, storage } = task;
  const store = storage.reason === "asked" ? storage.home.store : ladderStore(storage);
  const kept = await readable(store.read(keyOf(task)));
  if (kept?.kind !== "api-key" && kept?.kind !== "token-set") return undefined;
  return isGood(kept, context.now()) && isWhatIsAsked(kept, site) ? kept : undefined;
}

/** What cannot be read is no login; the sign-in that follows says what becomes of it. */
async function readable(work: Promise<Credential | undefined>): Promise<Credential | undefined> {
  try {
    return await work;
  } catch (error) {
    if (isAuthError(error)) return undefined;
    throw error;
  }
}

function isGood(kept: ApiKey | TokenSet, nowMs: number): boolean {
  if (kept.kind === "token-set" && kept.ended !== undefined) return false;
  const isRenewed = kept.kind === "token-set" && kept.refreshToken !== undefined;
  return isRenewed || nowMs < (kept.expiresAtMs ?? Infinity);
}

function isWhatIsAsked(kept: ApiKey | TokenSet, site: Site): boolean {
  if (!hasAll(kept.api?.origins, signInApi(site)?.origins)) return false;
  // A key that somebody has given may stand for tokens; tokens are not the key that a site's sign-ins are to leave.
  if (kept.kind === "api-key") return true;
  const { scopes, audiences, resources, loginKeeps } = site;
  const isOfSite =
    hasAll(kept.scopes, scopes) && hasAll(kept.audiences, audiences) && hasAll(kept.resources, resources);
  return isOfSite && isBoundAsAsked(kept, site) && loginKeeps !== "api-key";
}

/**
 * Tokens that are not bound to a key do where the server could not bind any when they were made. Bound ones do for whoever
 * says nothing of it; who says no may have an API that does not know them.
 */
function isBoundAsAsked({ dpopKey, server, tokenType }: TokenSet, { dpop }: Site): boolean {
  if (dpop === true) return dpopKey !== undefined || server.dpopSupported !== true;
  return dpop === undefined || tokenType === undefined;
}

function hasAll(have: readonly string[] = [], wanted: readonly string[] = []): boolean {
  return wanted.every((one) => have.includes(one));
}
