import type { FieldChange } from "./site-changes.ts";

/**
 * Reads what a person writes to change one field: `dpop = true`, `redirect.path="/back"`. `undefined`: it is not one name
 * and one value as TOML has them.
 */
export async function parseFieldChange(text: string): Promise<FieldChange | undefined> {
  const { parseTable } = await import("./toml-text.ts");
  const { statementsOf } = await import("./toml-statements.ts");
  const { valueAt } = await import("./toml-value.ts");
  try {
    const table = parseTable(text);
    const [entry, ...others] = statementsOf(text);
    if (entry?.kind !== "entry" || others.length > 0) return undefined;
    return { path: entry.path, value: valueAt(table, entry.path) };
  } catch {
    return undefined; // The parser's message quotes the value.
  }
}
