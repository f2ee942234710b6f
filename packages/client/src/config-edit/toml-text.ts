import { parse } from "smol-toml";
import { isTable, type TomlTable, type TomlValue } from "./toml-value.ts";

/** What a text says. Throws `TomlError` for what is not TOML. */
export function parseTable(text: string): TomlTable {
  return parse(text) as TomlTable;
}

/** A value as TOML on one line. */
export function valueText(value: TomlValue): string {
  if (typeof value === "string") return quoted(value);
  if (typeof value === "number") return numberText(value);
  if (typeof value === "boolean") return String(value);
  if (value instanceof Date) return value.toISOString();
  if (!isTable(value)) return `[${value.map(valueText).join(", ")}]`;
  const entries = Object.entries(value).map(([name, below]) => `${keyText([name])} = ${valueText(below)}`);
  return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`;
}

/** A key, with quotes around the names that need them. */
export function keyText(path: readonly string[]): string {
  return path.map((name) => (/^[\w-]+$/.test(name) ? name : quoted(name))).join(".");
}

function quoted(text: string): string {
  return JSON.stringify(text).replaceAll("\x7f", String.raw`\u007f`);
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return "nan";
  return Number.isFinite(value) ? String(value) : value > 0 ? "inf" : "-inf";
}
