import { arrayWithMore } from "./array-with-more.ts";
import { statementsOf, type Entry, type Statement } from "./toml-statements.ts";
import { keyText, parseTable, valueText } from "./toml-text.ts";
import { isList, isSame, isTable, valueAt, withValueAt, type TomlTable, type TomlValue } from "./toml-value.ts";

/**
 * A TOML text changed so that it says what is wanted, with all else as it was: comments, order, line ends. Tables down to
 * the second level have headers of their own, those below are written in one line. What is removed takes along the
 * comment lines right above it, but for those that the text begins with.
 *
 * The result has been parsed and compared. `undefined`: this text cannot be changed safely. Throws `TomlError` for what
 * is not TOML.
 */
export function editToml(text: string, wanted: TomlTable): string | undefined {
  const now = parseTable(text);
  try {
    const edited = withChanges(text, now, wanted);
    // Where all of a table was taken away, the table itself may be gone with it.
    const again = withChanges(edited, parseTable(edited), wanted);
    return isSame(parseTable(again), wanted) ? again : undefined;
  } catch {
    return undefined;
  }
}

interface Change {
  readonly path: readonly string[];
  /** Absent: it is to go. */
  readonly value?: TomlValue | undefined;
}

function differences(now: TomlTable, wanted: TomlTable, path: readonly string[]): readonly Change[] {
  const names = new Set([...Object.keys(now), ...Object.keys(wanted)]);
  return [...names].flatMap((name) => {
    const [before, after] = [valueAt(now, [name]), valueAt(wanted, [name])];
    const below = [...path, name];
    if (isSame(before, after)) return [];
    const isInside = isTable(before) || (before === undefined && below.length === 1 && !isSame(after, {}));
    if (isInside && isTable(after)) return differences(before ?? {}, after, below);
    return [{ path: below, value: after }];
  });
}

function withChanges(text: string, now: TomlTable, wanted: TomlTable): string {
  return differences(now, wanted, []).reduce((before, change) => withChange(before, change, wanted), text);
}

function withChange(text: string, { path, value }: Change, wanted: TomlTable): string {
  const statements = statementsOf(text);
  const holder = statements.find((one) => one.kind === "entry" && isAtOrAbove(one.path, path));
  if (holder?.kind === "entry") {
    const held = valueAt(wanted, holder.path);
    if (held !== undefined) return withValue(text, holder, held);
  }
  const rest = without(text, statements, path);
  return value === undefined ? rest : withMore(rest, path, value);
}

function isAtOrAbove(above: readonly string[], path: readonly string[]): boolean {
  return above.every((name, index) => name === path[index]);
}

/** Comments that stand within the old value, and have no place in the new one, go above it. */
function withValue(text: string, entry: Entry, wanted: TomlValue): string {
  const [first, last] = [entry.value[0], entry.value.at(-1)];
  if (first === undefined || last === undefined) return text;
  const longer = isList(wanted) ? arrayWithMore(text, entry.value, wanted) : undefined;
  if (longer !== undefined) return text.slice(0, first.start) + longer + text.slice(last.end);
  const indent = indentOf(text, entry);
  const comments = entry.value.filter(({ kind }) => kind === "comment").map((one) => indent + one.text + lineEnd(text));
  const key = text.slice(entry.start, first.start);
  return text.slice(0, entry.start) + comments.join("") + key + valueText(wanted) + text.slice(last.end);
}

/** Removes all that stands at a path or below it. */
function without(text: string, statements: readonly Statement[], path: readonly string[]): string {
  const ranges = statements.map((one, index) => {
    if (!("path" in one) || !isAtOrAbove(path, one.path)) return [];
    const endOfSection = statements.findIndex((other, at) => at > index && other.kind === "header");
    const section = statements.slice(index, endOfSection === -1 ? undefined : endOfSection);
    const length =
      one.kind === "header" ? 1 + section.findLastIndex(({ kind }) => kind === "entry" || kind === "header") : 1;
    return [{ from: withOwnComments(statements, index), to: index + length }];
  });
  const gone = new Set(ranges.flat().flatMap(({ from, to }) => [...withBlanks(statements, from, to)]));
  return statements.reduceRight(
    (rest, { start, end }, index) => (gone.has(index) ? rest.slice(0, start) + rest.slice(end) : rest),
    text,
  );
}

/** From where on a statement and the comment lines right above it stand. */
function withOwnComments(statements: readonly Statement[], index: number): number {
  const own = statements.findLastIndex(({ kind }, at) => at < index && kind !== "comment") + 1;
  return own === 0 ? index : own;
}

/** What is removed leaves no more blank lines than there were on one side of it. */
function* withBlanks(statements: readonly Statement[], from: number, to: number): Generator<number> {
  let start = from;
  const isAlone = (statements[to]?.kind ?? "blank") === "blank";
  while (isAlone && statements[start - 1]?.kind === "blank") start--;
  let end = to;
  while (start === 0 && statements[end]?.kind === "blank") end++;
  for (let index = start; index < end; index++) yield index;
}

/** Writes what is not there yet: where the rest of its table is, else under a header of its own. */
function withMore(text: string, path: readonly string[], value: TomlValue): string {
  const statements = statementsOf(text);
  if (path.length === 2 && isTable(value)) return withSection(text, path, value);

  const table = path.slice(0, -1);
  const beside = statements.findLast(
    (one) => one.kind === "entry" && isAtOrAbove(table, one.path) && isAtOrAbove(one.section, table),
  );
  if (beside?.kind === "entry") {
    const line = `${indentOf(text, beside)}${keyText(path.slice(beside.section.length))} = ${valueText(value)}`;
    return withLine(text, beside.end, line);
  }
  const line = `${keyText(path.slice(-1))} = ${valueText(value)}`;
  const header = statements.find(
    (one) => one.kind === "header" && one.path.length === table.length && isAtOrAbove(one.path, table),
  );
  if (header !== undefined) return withLine(text, header.end, indentOf(text, header) + line);
  if (table.length > 0) return withSection(text, table, withValueAt({}, path.slice(-1), value));
  const first = statements.findIndex(({ kind }) => kind === "header");
  if (first === -1) return withLine(text, text.length, line);
  return withLine(text, statements[withOwnComments(statements, first)]?.start ?? 0, line + lineEnd(text));
}

function withSection(text: string, path: readonly string[], table: TomlTable): string {
  const lines = Object.entries(table).map(([name, value]) => `${keyText([name])} = ${valueText(value)}`);
  const isAfterMore = (statementsOf(text).at(-1)?.kind ?? "blank") !== "blank";
  const section = [...(isAfterMore ? [""] : []), `[${keyText(path)}]`, ...lines];
  return withLine(text, text.length, section.join(lineEnd(text)));
}

function withLine(text: string, at: number, line: string): string {
  const [before, end] = [text.slice(0, at), lineEnd(text)];
  const isWithinLine = before !== "" && !/[\n\ufeff]$/.test(before);
  return before + (isWithinLine ? end : "") + line + end + text.slice(at);
}

function indentOf(text: string, { start }: Statement): string {
  return /^[ \t]*/.exec(text.slice(start))?.[0] ?? "";
}

function lineEnd(text: string): string {
  return /\r?\n/.exec(text)?.[0] ?? "\n";
}
