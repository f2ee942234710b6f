import { AuthError } from "@org/auth-core";
import { variable, type Environment } from "../environment.ts";
import type { Product } from "../product.ts";
import { readSecretFile, secretNames } from "./secret-file.ts";
import type { Variables } from "./variables.ts";

/** The product's variables in an environment. Each secret may be in a file instead, which `<PREFIX><NAME>_FILE` names. */
export function processVariables(product: Product, env: Environment): Variables {
  return {
    place: "environment",
    get(name) {
      const from = product.envPrefix + name;
      const value = variable(product, env, name);
      const path = secretNames.has(name) ? variable(product, env, `${name}_FILE`) : undefined;
      if (path === undefined) return value === undefined ? undefined : { value, from };
      if (value !== undefined) {
        throw new AuthError("config_invalid", `${from} and ${from}_FILE are both set`, { hint: "unset one of them" });
      }
      const secret = readSecretFile(path, `${from}_FILE`);
      if (secret !== undefined) return { value: secret, from: `${from}_FILE` };
      throw new AuthError("config_invalid", `${from}_FILE names a file that is not there: ${path}`);
    },
  };
}
