import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseAst } from "vitest/node";

/** What is shown, as numbers from and to: the behaviours of the reference systems (B), and faults. */
const required: readonly (readonly [chapter: string, from: number, to: number])[] = [
  ["B.1-", 1, 42],
  ["B.2-", 1, 9],
  ["B.3-", 1, 16],
  ["B.4-", 1, 15],
  ["B.5-", 1, 12],
  ["B.6-", 1, 13],
  // The network, sign-ins, and stores that are not files.
  ["F", 44, 45],
  ["F", 47, 54],
  ["F", 56, 63],
  ["F", 65, 94],
  // Variables, the configuration, and where a credential comes from.
  ["4.6-", 75, 77],
  ["4.6-", 79, 82],
  ["4.7-", 84, 86],
  ["4.7-", 88, 88],
  ["4.11-", 107, 109],
];

/** The numbers, such as `B.1-9` and `F39`, by what there is for each. */
export interface ReferenceCoverage {
  readonly tested: readonly string[];
  readonly different: readonly string[];
  readonly both: readonly string[];
  readonly neither: readonly string[];
}

/**
 * Sorts the numbers by whether a title names them and whether an entry of a page says what differs. A defect to beat
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
    Array.from({ length: to - from + 1 }, (_, index) => `${chapter}${from + index}`),
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

/** What a text names: `F39`, `4.1-5`, `B.1-2, B.1-3`, or `B.1-11/12` for two of a chapter. */
export function numbersIn(text: string): readonly string[] {
  return [...text.matchAll(/\b(F|(?:B|\d)\.\d+-)(\d+(?:\/\d+)*)/g)].flatMap(([, chapter = "", numbers = ""]) =>
    numbers.split("/").map((number) => chapter + number),
  );
}

/** The numbers that the entries of a page begin with: a list's items, in bold. */
export function entriesOf(page: string): readonly string[] {
  return [...page.matchAll(/^- \*\*((?:B\.|F\d|\d\.\d)[^*]+)\*\*/gm)].flatMap(([, numbers]) => numbers ?? []);
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

/** The steps of an example: comments that begin with numbers. */
export function stepsIn(source: string): readonly string[] {
  return source.match(/^ *\/\/ B\..*/gm) ?? [];
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

/** The coverage of this repository, by all its test files, the examples that one of them runs and its two pages of differences. */
export function ownCoverage(): ReferenceCoverage {
  const root = join(import.meta.dirname, "..");
  const all = globSync(["packages/*/test/**/*.test.ts", "test/**/*.test.ts"], { cwd: root });
  // The test of this very tool has texts that look like titles and are none.
  const files = all.filter((file) => file !== join("test", "reference-coverage.test.ts"));
  const titles = files.flatMap((file) => titlesIn(readFileSync(join(root, file), "utf8")));
  const examples = globSync("examples/*.ts", { cwd: root });
  const steps = examples.flatMap((file) => stepsIn(readFileSync(join(root, file), "utf8")));
  const pages = ["docs/reference-systems.md", "docs/stores.md"].map((page) => readFileSync(join(root, page), "utf8"));
  return referenceCoverage([...titles, ...steps], pages.join("\n"));
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
