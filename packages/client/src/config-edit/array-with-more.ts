import type { Token } from "./toml-statements.ts";
import { parseTable, valueText } from "./toml-text.ts";
import { isList, isSame, type TomlValue } from "./toml-value.ts";

/**
 * An array of several lines with more items at its end, each on a line of its own, and its comments where they were.
 * `undefined`: it is not one, or what is wanted is not the same and more.
 */
export function arrayWithMore(text: string, value: readonly Token[], wanted: readonly TomlValue[]): string | undefined {
  const [open, close] = [value[0], value.at(-1)];
  if (open?.text !== "[" || close === undefined || !value.some(({ kind }) => kind === "newline")) return undefined;
  const { items } = parseTable(`items = ${text.slice(open.start, close.end)}`);
  if (!isList(items) || items.length === 0 || !isSame(items, wanted.slice(0, items.length))) return undefined;

  const last = value.findLastIndex(({ kind }, index) => kind === "word" && index < value.length - 1);
  const end = value[last]?.end ?? open.end;
  const lineEnd = value.find(({ kind }) => kind === "newline")?.text ?? "\n";
  const rest = value.slice(last + 1);
  // A comment behind the last item stays behind it.
  const at = rest.find(({ kind }) => kind === "newline")?.start ?? end;
  const before = value.slice(0, last + 1);
  const indent = before[before.findLastIndex(({ kind }) => kind === "newline") + 1];
  const margin = lineEnd + (indent?.kind === "blank" ? indent.text : "");
  const hasComma = value[last]?.text === ",";
  const more =
    wanted
      .slice(items.length)
      .map((item) => margin + valueText(item))
      .join(",") + (hasComma ? "," : "");
  return text.slice(open.start, end) + (hasComma ? "" : ",") + text.slice(end, at) + more + text.slice(at, close.end);
}
