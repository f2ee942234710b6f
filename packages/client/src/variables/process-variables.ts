import { AuthError } from "@org/auth-core";
import { valueOf, wholeNames, type Environment } from "../environment.ts";
import type { Product } from "../product.ts";
import { readSecretFile } from "./secret-file.ts";
import { secretNames } from "./variable-name.ts";
import type { Variable, Variables } from "./variables.ts";

/** The product's variables in an environment. Each secret may be in a file instead, which `<PREFIX><NAME>_FILE` names. */
export function processVariables(product: Product, env: Environment): Variables {
  return {
    place: "environment",
    get(name) {
      for (const from of wholeNames(product, name)) {
        const found = oneOf(env, from, secretNames.has(name));
        if (found !== undefined) return found;
      }
      return undefined;
    },
  };
}

function oneOf(env: Environment, from: string, isSecret: boolean): Variable | undefined {
  const value = valueOf(env, from);
  const path = isSecret ? valueOf(env, `${from}_FILE`) : undefined;
  if (path === undefined) return value === undefined ? undefined : { value, from };
  if (value !== undefined) {
    throw new AuthError("config_invalid", `${from} and ${from}_FILE are both set`, { hint: "unset one of them" });
  }
  const secret = readSecretFile(path, `${from}_FILE`);
  if (secret !== undefined) return { value: secret, from: `${from}_FILE` };
  throw new AuthError("config_invalid", `${from}_FILE names a file that is not there: ${path}`);
}
