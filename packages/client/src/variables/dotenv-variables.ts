import { shellQuoted } from "@org/auth-core";
import type { Product } from "../product.ts";
import type { DotenvFile, DotenvValue } from "./dotenv-file.ts";
import { secretNames } from "./variable-name.ts";
import type { Variables } from "./variables.ts";

/** The variables of a `.env` file, by what its folder may say. */
export interface DotenvVariables extends Variables {
  /** Whether the person has trusted the file as it is. */
  readonly isTrusted: boolean;
  readonly file: DotenvFile;
  /** Where it says to sign in or to send requests, though nobody trusts it: for no credential but its own. */
  readonly refused: ReadonlyMap<string, DotenvValue>;
  /** What else it says that it may not, by whole names, and what to do about each. */
  readonly ignored: readonly { readonly name: string; readonly fix: string }[];
}

/** What any folder may choose: nothing that moves a credential. A profile brings its own issuer and origins. */
const harmless: ReadonlySet<string> = new Set(["API_VERSION", "LOG_LEVEL", "OUTPUT", "PROFILE"]);

/** Where a credential would be sent. */
const destinations: ReadonlySet<string> = new Set(["API_URL", "ISSUER"]);

/** What says where to look for the rest, or runs a program, comes from the environment alone. */
const neverHere: ReadonlySet<string> = new Set([
  ...["BROWSER", "CONFIG", "IDENTITY_TOKEN_FILE", "SECRETS_DIR", "STORE", "STORE_PASSPHRASE"],
]);

/**
 * The variables of a `.env` file. One that the person has not trusted says only what is harmless, and a whole pair of
 * an API key and the address it is for.
 */
export function dotenvVariables(file: DotenvFile, product: Product, isTrusted: boolean): DotenvVariables {
  const { path, values } = file;
  const isPair = values.has("API_KEY") && values.has("API_URL");
  const isAllowed = (name: string): boolean => {
    if (isTrusted) return !isForEnvironment(name);
    return harmless.has(name) || (isPair && (name === "API_KEY" || name === "API_URL"));
  };
  const others = [...values].filter(([name]) => !isAllowed(name));
  return {
    place: "dotenv",
    isTrusted,
    file,
    refused: new Map(isTrusted ? [] : [...values].filter(([name]) => destinations.has(name))),
    ignored: others
      .filter(([name]) => isTrusted || !destinations.has(name))
      .map(([name, written]) => ({
        name: written.name,
        fix: isForEnvironment(name)
          ? "that is for the environment"
          : `to trust the file, run \`${product.name} trust ${shellQuoted(path)}\``,
      })),
    get(name) {
      const written = isAllowed(name) ? values.get(name) : undefined;
      return written && { value: written.value, from: `${written.name} in ${path}` };
    },
  };
}

function isForEnvironment(name: string): boolean {
  // A secret is in the file or not; it is not in yet another one.
  return neverHere.has(name) || (name.endsWith("_FILE") && secretNames.has(name.slice(0, -"_FILE".length)));
}
