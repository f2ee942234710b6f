import { isAuthError } from "@org/auth-core";
import type { Resolution, ResolveOptions } from "./resolve.ts";

/** Who has signed in, as far as that is known. What people write themselves; show it by `printable`. */
export interface ClientAccount {
  /** Unique at the issuer, never reassigned. Absent: nobody, or nobody knows. */
  readonly subject?: string | undefined;
  readonly username?: string | undefined;
  readonly email?: string | undefined;
  /** What to call them: the full name where it is known, else the user name or the e-mail address. */
  readonly name?: string | undefined;
}

/** Tells who has signed in, looked up when it is first asked and held from then on. Nobody is looked up again. */
export function accountOf(find: () => Promise<Resolution>, options: ResolveOptions): () => Promise<ClientAccount> {
  let held: Promise<ClientAccount> | undefined;

  async function lookUp(): Promise<ClientAccount> {
    try {
      const { signedInAccount } = await import("./late.ts");
      const account = await signedInAccount(await find(), options);
      if (account.subject === undefined) held = undefined;
      return account;
    } catch (error) {
      held = undefined;
      if (isAuthError(error) && error.code === "no_credential") return {};
      throw error;
    }
  }

  return async () => await (held ??= lookUp());
}
