import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseAst } from "vitest/node";

/** The behaviours of the reference systems that are shown: their chapters, and the numbers in each, from and to. */
const required: readonly (readonly [chapter: string, from: number, to: number])[] = [
  ["B.1", 1, 38],
  ["B.2", 1, 9],
  ["B.3", 1, 14],
  ["B.4", 1, 12],
  ["B.5", 1, 11],
  ["B.6", 1, 13],
];

/** The numbers, such as `B.1-9`, by what there is for each. */
export interface ReferenceCoverage {
  readonly tested: readonly string[];
  readonly different: readonly string[];
  readonly both: readonly string[];
  readonly neither: readonly string[];
}

/**
 * Sorts the numbers by whether a title names them and whether an entry of the page says what differs. A defect to beat
 * (B.6) takes a test: no words make up for it.
 */
export function referenceCoverage(titles: readonly string[], page: string): ReferenceCoverage {
  const tested = new Set(titles.flatMap(numbersIn));
  const different = new Set(
    entriesOf(page)
      .flatMap(numbersIn)
      .filter((number) => !number.startsWith("B.6-")),
  );
  const numbers = required.flatMap(([chapter, from, to]) =>
    Array.from({ length: to - from + 1 }, (_, index) => `${chapter}-${from + index}`),
  );
  const those = (isTested: boolean, isDifferent: boolean): readonly string[] =>
    numbers.filter((number) => tested.has(number) === isTested && different.has(number) === isDifferent);
  return {
    tested: those(true, false),
    different: those(false, true),
    both: those(true, true),
    neither: those(false, false),
  };
}

/** What a text names: `B.1-2, B.1-3`, or `B.1-11/12` for two of a chapter. */
export function numbersIn(text: string): readonly string[] {
  return [...text.matchAll(/\b(B\.\d)-(\d+(?:\/\d+)*)/g)].flatMap(([, chapter = "", numbers = ""]) =>
    numbers.split("/").map((number) => `${chapter}-${number}`),
  );
}

/** The numbers that the entries of a page begin with: a list's items, in bold. */
export function entriesOf(page: string): readonly string[] {
  return [...page.matchAll(/^- \*\*(B\.[^*]+)\*\*/gm)].flatMap(([, numbers]) => numbers ?? []);
}

/**
 * The titles in a test file, as they are written: every text that begins with numbers such as `F39`, `4.1-5` or `B.1-9`
 * and goes on in words. So the names of rows count, which become titles; comments do not, nor what is skipped.
 */
export function titlesIn(source: string): readonly string[] {
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- what replaces it is in no package of ours
  const texts = [...nodesIn(parseAst(source, { lang: "ts" }))].flatMap((node) => textOf(node) ?? []);
  return texts.filter((text) => /^((F\d+|\d\.\d+(-\d+)?|B\.\d-[\d/]+),? )+[^\d\s]/.test(text));
}

/** As much of a syntax tree's node as is looked at. */
interface Node {
  readonly type: string;
  readonly name?: string;
  readonly value?: unknown;
  readonly callee?: Node;
  readonly object?: Node;
  readonly property?: Node;
  readonly quasis?: readonly { readonly value: { readonly raw: string } }[];
}

function* nodesIn(tree: unknown): Generator<Node> {
  if (typeof tree !== "object" || tree === null) return;
  if ("type" in tree) {
    const node = tree as Node;
    if (node.type === "CallExpression" && isSkipped(node.callee)) return;
    yield node;
  }
  for (const part of Object.values(tree)) yield* nodesIn(part);
}

/** `test.skip`, `describe.todo`, `test.skip.for(rows)`. */
function isSkipped(callee: Node | undefined): boolean {
  if (callee === undefined) return false;
  return /^(skip|todo)$/.test(callee.property?.name ?? "") || isSkipped(callee.callee ?? callee.object);
}

function textOf({ type, value, quasis = [] }: Node): string | undefined {
  if (type === "TemplateLiteral") return quasis.map(({ value }) => value.raw).join("…");
  return typeof value === "string" ? value : undefined;
}

/** The coverage of this repository, by all its test files and its page of differences. */
export function ownCoverage(): ReferenceCoverage {
  const root = join(import.meta.dirname, "..");
  const files = globSync(["packages/*/test/**/*.test.ts", "test/**/*.test.ts"], { cwd: root });
  const titles = files.flatMap((file) => titlesIn(readFileSync(join(root, file), "utf8")));
  return referenceCoverage(titles, readFileSync(join(root, "docs/reference-systems.md"), "utf8"));
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { tested, different, both, neither } = ownCoverage();
  const line = (what: string, numbers: readonly string[]): string =>
    `${what}: ${numbers.length}${numbers.length === 0 ? "" : `: ${numbers.join(" ")}`}\n`;
  process.stdout.write(line("with a test", tested));
  process.stdout.write(line("with a written difference", different));
  process.stdout.write(line("with both", both));
  process.stdout.write(line("with neither", neither));
  if (neither.length > 0) process.exitCode = 1;
}
