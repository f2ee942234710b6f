import { AuthError, printable, type Account, type Credential, type CredentialKey } from "@org/auth-core";
import type { Product } from "../product.ts";

/**
 * Sees that a sign-in is of the account that its profile is for: the one whose login it replaces. Throws
 * {@link AuthError} (`wrong_account`) when it is another one, or the server has named none.
 */
export function requireSameAccount(
  replaced: Credential | undefined,
  { profile }: CredentialKey,
  account: Account | undefined,
  product: Product,
): void {
  const bound = replaced?.kind === "token-set" || replaced?.kind === "api-key" ? replaced.account : undefined;
  if (bound === undefined || bound.subject === account?.subject) return;
  const signedIn = account === undefined ? "nobody that the server names" : nameOf(account);
  throw new AuthError(
    "wrong_account",
    `you have signed in as ${signedIn}, but the profile "${profile}" is for ${nameOf(bound)}`,
    {
      hint: `\`${product.name} login --prompt-account\` lets you choose; or give --profile another name, or end the old login first: \`${product.name} logout\``,
    },
  );
}

function nameOf({ username, email, subject }: Account): string {
  return printable(username ?? email ?? subject);
}
