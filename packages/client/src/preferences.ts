import { AuthError } from "@org/auth-core";
import type { Product } from "./product.ts";
import type { Surroundings } from "./surroundings.ts";
import { firstVariable, readInputs, type Inputs } from "./variables/inputs.ts";

const logLevels = ["error", "warn", "info", "debug"] as const;
const outputs = ["json", "text"] as const;

export type LogLevel = (typeof logLevels)[number];

/** How programs speak to people, by `<PREFIX>LOG_LEVEL` and `<PREFIX>OUTPUT`. No credential depends on it. */
export interface Preferences {
  /** How much they say besides their answer. Default: `warn`. */
  readonly logLevel: LogLevel;
  /** How they answer where no option says it. Default: `text`. */
  readonly output: "json" | "text";
}

/** Reads them alone. Rejects with {@link AuthError} (`config_invalid`) that names the variable. */
export async function readPreferences(product: Product, surroundings: Surroundings): Promise<Preferences> {
  return preferencesOf(await readInputs(product, surroundings));
}

/** What variables say of them. Throws as {@link readPreferences} rejects. */
export function preferencesOf(inputs: Inputs): Preferences {
  return {
    logLevel: oneOf(logLevels, inputs, "LOG_LEVEL") ?? "warn",
    output: oneOf(outputs, inputs, "OUTPUT") ?? "text",
  };
}

function oneOf<Word extends string>(words: readonly Word[], inputs: Inputs, name: string): Word | undefined {
  const variable = firstVariable(inputs, name);
  const word = words.find((word) => word === variable?.value.toLowerCase());
  if (variable === undefined || word !== undefined) return word;
  throw new AuthError("config_invalid", `${variable.from} is none of ${words.join(", ")}`);
}
