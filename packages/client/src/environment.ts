import type { Product } from "./product.ts";
import type { Variable } from "./variables/variables.ts";

/** Environment variables, such as `process.env`. They are read, never changed. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The product's own variable of that name, or an older one for the same. An empty or blank one counts as not set. */
export function variable(product: Product, env: Environment, name: string): string | undefined {
  return namedVariable(product, env, name)?.value;
}

/** The same, with what it is called. */
export function namedVariable(product: Product, env: Environment, name: string): Variable | undefined {
  for (const from of wholeNames(product, name)) {
    const value = valueOf(env, from);
    if (value !== undefined) return { value, from };
  }
  return undefined;
}

/** What any variable says, by its whole name. An empty or blank one counts as not set. */
export function valueOf(env: Environment, whole: string): string | undefined {
  const value = env[whole]?.trim();
  return value === "" ? undefined : value;
}

/** What a product's variable may be called: its own name, with the prefix, before the older ones. */
export function wholeNames({ envPrefix, envNames = {} }: Product, name: string): readonly string[] {
  const older: Readonly<Record<string, readonly string[] | undefined>> = envNames;
  return [envPrefix + name, ...(older[name] ?? [])];
}
