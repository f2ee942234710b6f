import { join } from "node:path";
import type { Product } from "../product.ts";
import type { Surroundings } from "../surroundings.ts";
import { isTrusted } from "../trust.ts";
import { readDotenv } from "./dotenv-file.ts";
import { dotenvVariables, type DotenvVariables } from "./dotenv-variables.ts";
import { mountedVariables } from "./mounted-variables.ts";
import { processVariables } from "./process-variables.ts";
import type { Variable, Variables } from "./variables.ts";

/** All places that have variables. */
export interface Inputs {
  /** In the order in which they win: the environment, mounted secrets, the `.env` file. */
  readonly places: readonly Variables[];
  /** The last of them. Absent: there is no such file, or nothing of ours in it. */
  readonly dotenv?: DotenvVariables | undefined;
}

/** Gathers them. Rejects with `AuthError` (`config_invalid`) when what the person has chosen to trust cannot be read. */
export async function readInputs(product: Product, surroundings: Surroundings): Promise<Inputs> {
  const { env = process.env, folder = process.cwd(), onWarning: warn = ignore } = surroundings;
  const places: Variables[] = [processVariables(product, env), mountedVariables(product, env)];
  const file = folder === false ? undefined : readDotenv(join(folder, ".env"), product, warn);
  if (file === undefined) return { places };

  const dotenv = dotenvVariables(file, product, await isTrusted(file, product, env));
  for (const { name, fix } of dotenv.ignored) warn(`${name} in ${file.path} is ignored: ${fix}`);
  return { places: [...places, dotenv], dotenv };
}

/** The variable of that name in the first place that has it, leaving out what is refused. */
export function firstVariable(inputs: Inputs, name: string): Variable | undefined {
  for (const place of inputs.places) {
    const variable = getUnrefused(inputs, place, name);
    if (variable !== undefined) return variable;
  }
  return undefined;
}

/** The variable of that name in one place, unless it is refused: then it is for that place's own credential alone. */
export function getUnrefused({ dotenv }: Inputs, place: Variables, name: string): Variable | undefined {
  return place === dotenv && dotenv.refused.has(name) ? undefined : place.get(name);
}

function ignore(): void {
  // Nobody wants to be told.
}
