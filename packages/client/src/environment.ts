import type { Product } from "./product.ts";

/** Environment variables, such as `process.env`. They are read, never changed. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The product's own variable of that name. An empty or blank one counts as not set. */
export function variable(product: Product, env: Environment, name: string): string | undefined {
  const value = env[product.envPrefix + name]?.trim();
  return value === "" ? undefined : value;
}
