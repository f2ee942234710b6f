import { isAuthError } from "@org/auth-core";
import { firstVariable, type Inputs } from "./variables/inputs.ts";
import type { Variable } from "./variables/variables.ts";

/** What a variable says, and where it is. */
export interface ReadVariable<Value> {
  readonly value: Value;
  readonly from: string;
}

/**
 * What `read` makes of the variable of that name in the first place that has it. Throws what `read` throws, unless that is
 * an `AuthError` about what a `.env` file says which nobody trusts: that is left out, and `warn` is told.
 */
export function readVariable<Value>(
  inputs: Inputs,
  name: string,
  read: (variable: Variable) => Value,
  warn: (warning: string) => void = () => undefined,
): ReadVariable<Value> | undefined {
  const variable = firstVariable(inputs, name);
  if (variable === undefined) return undefined;
  const { dotenv } = inputs;
  try {
    return { value: read(variable), from: variable.from };
  } catch (error) {
    const isOfStranger = dotenv?.isTrusted === false && dotenv.get(name)?.from === variable.from;
    if (!isOfStranger || !isAuthError(error)) throw error;
    warn(`${error.message}; nobody trusts that file, so it is ignored`);
    return undefined;
  }
}
