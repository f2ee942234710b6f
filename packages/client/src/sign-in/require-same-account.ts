import { AuthError, isAuthError, printable, type Account, type CredentialKey } from "@org/auth-core";
import type { Product } from "../product.ts";
import { ladderStore, type Storage } from "../storage/storage.ts";

/**
 * Sees that a sign-in is of the account that its profile is for: the one whose login is kept under this key. Rejects with
 * {@link AuthError} (`wrong_account`) when it is another one, or the server has named none. A login that cannot be read says nothing.
 */
export async function requireSameAccount(
  storage: Storage,
  key: CredentialKey,
  account: Account | undefined,
  product: Product,
): Promise<void> {
  const kept = await ladderStore(storage)
    .read(key)
    .catch((error: unknown) => {
      if (isAuthError(error)) return undefined;
      throw error;
    });
  const bound = kept?.kind === "token-set" || kept?.kind === "api-key" ? kept.account : undefined;
  if (bound === undefined || bound.subject === account?.subject) return;
  const signedIn = account === undefined ? "nobody that the server names" : nameOf(account);
  throw new AuthError(
    "wrong_account",
    `you have signed in as ${signedIn}, but the profile "${key.profile}" is for ${nameOf(bound)}`,
    {
      hint: `\`${product.name} login --prompt-account\` lets you choose; or give --profile another name, or end the old login first: \`${product.name} logout\``,
    },
  );
}

function nameOf({ username, email, subject }: Account): string {
  return printable(username ?? email ?? subject);
}
