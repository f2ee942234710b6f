import type { Product } from "../product.ts";
import { secretNames } from "./variable-name.ts";

/** What each older name of a product's variables stands for, in the order in which they count. Files of secrets too. */
export function olderNames({ envNames = {} }: Product): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(envNames).flatMap(([name, wholes]) =>
      wholes.flatMap((whole): readonly (readonly [string, string])[] => {
        const inFile = [`${whole}_FILE`, `${name}_FILE`] as const;
        return secretNames.has(name) ? [[whole, name], inFile] : [[whole, name]];
      }),
    ),
  );
}
