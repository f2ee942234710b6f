import { AuthError, shellQuoted } from "@org/auth-core";
import type { Product } from "./product.ts";
import { shownOrigin } from "./shown-origin.ts";
import type { Inputs } from "./variables/inputs.ts";

/** A destination that only a file in the working directory names. */
export interface UntrustedDestination {
  /** The variable, such as `ORG_AUTH_API_URL`. */
  readonly name: string;
  readonly path: string;
  /** The origin that it names, in ASCII. */
  readonly origin: string;
}

/** One that would win if the person trusted the file. */
export interface RefusedDestination extends UntrustedDestination {
  /** The options that say where to go in its place. */
  readonly instead: string;
}

/** Where the `.env` file would send credentials by this variable. `undefined`: nowhere, or the person trusts it. */
export function untrustedDestination(
  { dotenv }: Inputs,
  variable: "API_URL" | "ISSUER",
): UntrustedDestination | undefined {
  const refused = dotenv?.refused.get(variable);
  if (dotenv === undefined || refused === undefined) return undefined;
  const { name, value } = refused;
  // People write domains too, and `x:8443` would be read as an address with the scheme `x:`.
  const address = /^[a-z][a-z\d+.-]*:\/\//i.test(value) ? value : `https://${value}`;
  return { name, path: dotenv.file.path, origin: shownOrigin(address) };
}

/** All of them. */
export function untrustedDestinations(inputs: Inputs): readonly UntrustedDestination[] {
  return (["ISSUER", "API_URL"] as const).flatMap((name) => untrustedDestination(inputs, name) ?? []);
}

/** What refuses to go there. `what` says of whom or of what it would have been. */
export function untrustedOrigin(
  { name, path, origin, instead }: RefusedDestination,
  what: string,
  product: Product,
): AuthError {
  return new AuthError("untrusted_origin", `${name} in ${path} would send ${what} to ${origin}`, {
    hint: `if you trust this folder, run \`${product.name} trust ${shellQuoted(path)}\`; if not, give ${instead}`,
  });
}
