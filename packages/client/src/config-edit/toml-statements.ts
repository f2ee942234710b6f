import { parseTable } from "./toml-text.ts";
import { isTable, valueAt, type TomlValue } from "./toml-value.ts";

/** A piece of a TOML text: whole lines, with their line ends. */
export type Statement = Filler | Header | Entry;

interface Lines {
  readonly start: number;
  readonly end: number;
}

export interface Filler extends Lines {
  readonly kind: "blank" | "comment";
}

export interface Header extends Lines {
  readonly kind: "header";
  readonly path: readonly string[];
}

export interface Entry extends Lines {
  readonly kind: "entry";
  /** Where it is in the whole text, the table's path included. */
  readonly path: readonly string[];
  /** The path of the header it stands under. */
  readonly section: readonly string[];
  /** What its value is written with, from the first word to the last, with all between. Never empty. */
  readonly value: readonly Token[];
}

export interface Token extends Lines {
  readonly kind: "blank" | "comment" | "newline" | "word";
  readonly text: string;
}

/** Takes a TOML text apart. It has been parsed before: what is not TOML gives nothing of use. */
export function statementsOf(text: string): readonly Statement[] {
  const statements: Statement[] = [];
  let section: readonly string[] = [];
  for (const line of logicalLines(text)) {
    const statement = statementOf(line, section);
    if (statement.kind === "header") section = statement.path;
    statements.push(statement);
  }
  return statements;
}

/** The tokens of each line; one that goes on within brackets or a text counts as the same line. */
function logicalLines(text: string): readonly (readonly Token[])[] {
  const lines: Token[][] = [[]];
  let depth = 0;
  for (const token of tokensOf(text)) {
    lines.at(-1)?.push(token);
    if (token.text === "[" || token.text === "{") depth++;
    if (token.text === "]" || token.text === "}") depth--;
    if (token.kind === "newline" && depth === 0) lines.push([]);
  }
  return lines.filter((line) => line.length > 0);
}

const multiLineTexts = String.raw`"""(?:\\[^]|[^\\])*?"{3,5}|'''[^]*?'{3,5}`;
const texts = String.raw`"(?:\\.|[^"\\\n])*"|'[^'\n]*'`;
const others = String.raw`#[^\r\n]*|\r?\n|[^\S\r\n]+|[^\s"'#[\]{}=,]+|[^]`;

function* tokensOf(text: string): Generator<Token> {
  const start = text.startsWith("\ufeff") ? 1 : 0;
  for (const { 0: word, index } of text
    .slice(start)
    .matchAll(new RegExp(`${multiLineTexts}|${texts}|${others}`, "g"))) {
    const at = start + index;
    yield { kind: kindOf(word), text: word, start: at, end: at + word.length };
  }
}

function kindOf(word: string): Token["kind"] {
  if (word.startsWith("#")) return "comment";
  if (word.trim() !== "") return "word";
  return word.endsWith("\n") ? "newline" : "blank";
}

function statementOf(line: readonly Token[], section: readonly string[]): Statement {
  const lines = { start: line[0]?.start ?? 0, end: line.at(-1)?.end ?? 0 };
  const first = line.findIndex(({ kind }) => kind === "word");
  if (first === -1) return { kind: line.some(({ kind }) => kind === "comment") ? "comment" : "blank", ...lines };

  const last = line.findLastIndex(({ kind }) => kind === "word");
  const textBetween = (from: number, to: number): string =>
    line
      .slice(from, to)
      .map(({ text }) => text)
      .join("");
  if (line[first]?.text === "[") return { kind: "header", path: pathOf(textBetween(first + 1, last)), ...lines };

  const equals = line.findIndex(({ text }) => text === "=");
  const value = line.slice(equals + 1, last + 1);
  const path = [...section, ...pathOf(textBetween(first, equals))];
  return { kind: "entry", path, section, value: value.slice(value[0]?.kind === "blank" ? 1 : 0), ...lines };
}

/** The names of a key as it is written, such as `sites."a.b"`. */
function pathOf(key: string): readonly string[] {
  const path: string[] = [];
  let value: TomlValue | undefined = parseTable(`${key} = 0`);
  while (isTable(value)) {
    const [name = ""] = Object.keys(value);
    path.push(name);
    value = valueAt(value, [name]);
  }
  return path;
}
