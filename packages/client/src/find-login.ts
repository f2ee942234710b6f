import { AuthError, type CredentialKey, type CredentialStore } from "@org/auth-core";
import type { Settings } from "./settings.ts";

/**
 * The key of the login that the settings mean. Where they name no site, it is the one login of that profile, whatever
 * its site; `undefined`: there is none. Rejects with {@link AuthError} (`ambiguous_login`) when there are several.
 */
export async function findLoginKey(
  store: CredentialStore,
  { site, profile }: Settings,
): Promise<CredentialKey | undefined> {
  if (site !== undefined) return { issuer: site.issuer, clientId: site.clientId, profile };

  const keys = (await store.list()).filter((key) => isLogin(key) && key.profile === profile);
  if (keys.length > 1) {
    const issuers = keys.map(({ issuer, clientId }) => `${issuer} (${clientId})`).sort();
    throw new AuthError("ambiguous_login", `there are several logins named "${profile}": at ${issuers.join(", ")}`);
  }
  return keys[0];
}

/** Whether a key is that of a login, and not of something kept beside one. */
export function isLogin(key: CredentialKey): boolean {
  const { audience, fingerprint, pendingLoginId, scopes } = key;
  return [audience, fingerprint, pendingLoginId, scopes].every((part) => part === undefined);
}
