import { AuthError } from "@org/auth-core";
import type { Product } from "./product.ts";
import { shellQuoted } from "./shell-quoted.ts";
import { shownOrigin } from "./shown-origin.ts";
import type { Inputs } from "./variables/inputs.ts";

/** A destination that only a file in the working directory names. */
export interface RefusedDestination {
  /** The variable, such as `ORG_AUTH_API_URL`. */
  readonly name: string;
  readonly path: string;
  /** The origin that it names, in ASCII. */
  readonly origin: string;
}

/** Where the `.env` file would send credentials by this variable. `undefined`: nowhere, or the person trusts it. */
export function refusedDestination(
  { envPrefix }: Product,
  { dotenv }: Inputs,
  name: "API_URL" | "ISSUER",
): RefusedDestination | undefined {
  const value = dotenv?.refused.get(name);
  if (dotenv === undefined || value === undefined) return undefined;
  // People write domains too, and `x:8443` would be read as an address with the scheme `x:`.
  const address = /^[a-z][a-z\d+.-]*:\/\//i.test(value) ? value : `https://${value}`;
  return { name: envPrefix + name, path: dotenv.file.path, origin: shownOrigin(address) };
}

/** All of them. */
export function refusedDestinations(product: Product, inputs: Inputs): readonly RefusedDestination[] {
  return (["ISSUER", "API_URL"] as const).flatMap((name) => refusedDestination(product, inputs, name) ?? []);
}

/** What refuses to go there. `what` says of whom or of what it would have been. */
export function untrustedOrigin({ name, path, origin }: RefusedDestination, what: string, product: Product): AuthError {
  return new AuthError("untrusted_origin", `${name} in ${path} would send ${what} to ${origin}`, {
    hint: `if you trust this folder, run \`${product.name} trust ${shellQuoted(path)}\`; if not, give --api-url or --site`,
  });
}
