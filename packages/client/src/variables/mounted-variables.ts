import { statSync } from "node:fs";
import { join } from "node:path";
import { variable, wholeNames, type Environment } from "../environment.ts";
import type { Product } from "../product.ts";
import { readSecretFile } from "./secret-file.ts";
import type { Variables } from "./variables.ts";

/** Where mounted secrets are, unless a variable names another folder. */
export const defaultSecretsFolder = "/run/secrets";

/**
 * The product's variables in a folder of mounted secrets, as containers have it: `$<PREFIX>SECRETS_DIR`, by default
 * {@link defaultSecretsFolder}, with a file for each, named as the variable but in lower case. A folder that is not there has none.
 */
export function mountedVariables(product: Product, env: Environment): Variables {
  const folder = variable(product, env, "SECRETS_DIR") ?? defaultSecretsFolder;
  let isThere: boolean | undefined;
  return {
    place: "mounted-secret",
    get(name) {
      isThere ??= isFolder(folder);
      if (!isThere) return undefined;
      for (const whole of wholeNames(product, name)) {
        const path = join(folder, whole.toLowerCase());
        const value = readSecretFile(path, "a mounted secret");
        if (value !== undefined) return { value, from: path };
      }
      return undefined;
    },
  };
}

function isFolder(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  } catch {
    return false; // It cannot be looked at, so nothing was mounted there for us.
  }
}
