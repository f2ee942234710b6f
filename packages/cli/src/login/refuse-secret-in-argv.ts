import { AuthError } from "@org/auth-core";
import type { Context } from "../context.ts";

/** Throws {@link AuthError} (`secret_in_argv`), which does not repeat it, for a key that follows `--with-token`. */
export function refuseSecretInArgv(args: readonly string[], { product }: Context): void {
  const at = args.findIndex((arg) => /^--with-token(=|$)/.test(arg));
  if (at === -1) return;
  const { [at]: option, [at + 1]: next = "-" } = args;
  if (option === "--with-token" && next.startsWith("-")) return;
  throw new AuthError("secret_in_argv", "a key was given on the command line, where other users can read it", {
    hint: `have a new one made, and pipe it in: ${product.name} login --with-token < key.txt`,
  });
}
