import { AuthError } from "@org/auth-core";
import type { Product } from "./product.ts";
import type { Surroundings } from "./surroundings.ts";
import { readVariable, type ReadVariable } from "./read-variable.ts";
import { readInputs, type Inputs } from "./variables/inputs.ts";
import type { Variable } from "./variables/variables.ts";

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

/** What variables say of them, each with where it is. */
export interface WrittenPreferences {
  readonly logLevel: ReadVariable<LogLevel> | undefined;
  readonly output: ReadVariable<Preferences["output"]> | undefined;
}

/** Reads them alone. Rejects as {@link writtenPreferences} throws. */
export async function readPreferences(product: Product, surroundings: Surroundings): Promise<Preferences> {
  const inputs = await readInputs(product, surroundings);
  return preferencesOf(writtenPreferences(inputs, surroundings.onWarning));
}

/** Reads them from variables, as {@link readVariable} does. Throws {@link AuthError} (`config_invalid`) that names one. */
export function writtenPreferences(inputs: Inputs, warn?: (warning: string) => void): WrittenPreferences {
  return {
    logLevel: readVariable(inputs, "LOG_LEVEL", oneOf(logLevels), warn),
    output: readVariable(inputs, "OUTPUT", oneOf(outputs), warn),
  };
}

/** The same, and the default where they say nothing. */
export function preferencesOf({ logLevel, output }: WrittenPreferences): Preferences {
  return { logLevel: logLevel?.value ?? "warn", output: output?.value ?? "text" };
}

function oneOf<Word extends string>(words: readonly Word[]): (variable: Variable) => Word {
  return ({ value, from }) => {
    const word = words.find((word) => word === value.toLowerCase());
    if (word === undefined) throw new AuthError("config_invalid", `${from} is none of ${words.join(", ")}`);
    return word;
  };
}
