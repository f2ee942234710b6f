import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { format, resolveConfig } from "prettier";
import { numbersIn } from "./reference-coverage.ts";

const root = join(import.meta.dirname, "..");
const pagePath = join(root, "docs/reference-systems.md");

/** One row of the page's tables: a behaviour of a reference system, and the files that show it. */
export interface ReferenceRow {
  readonly number: string;
  /** From the root of the repository. */
  readonly links: readonly { readonly path: string; readonly line: number | undefined }[];
}

/** The rows of the page's tables. */
export function referenceRows(page: string): readonly ReferenceRow[] {
  return [...page.matchAll(rowPattern)].map(([, number = "", links = ""]) => ({
    number,
    links: [...links.matchAll(linkPattern)].map(([, path = "", line]) => ({
      path,
      line: line === undefined ? undefined : Number(line),
    })),
  }));
}

/** The line where a file shows a number: the comment of a step, or the title of a test. `undefined`: it does not. */
export function lineOf(number: string, path: string): number | undefined {
  const isStep = path.endsWith(".test.ts")
    ? (line: string): boolean => !/^ *(\/\/|\*)/.test(line)
    : (line: string): boolean => /^ *\/\/ B\./.test(line);
  const lines = readFileSync(join(root, path), "utf8").split("\n");
  const index = lines.findIndex((line) => isStep(line) && numbersIn(line).includes(number));
  return index === -1 ? undefined : index + 1;
}

/** The page with each link of its tables leading to the line that shows the row's number. */
export function withLines(page: string): string {
  return page.replaceAll(rowPattern, (row: string, number: string) =>
    row.replaceAll(linkPattern, (link: string, path: string) => {
      const line = lineOf(number, path);
      if (line === undefined) throw new Error(`nothing in ${path} shows ${number}`);
      return link.replace(/(#L\d+)?\)$/, `#L${String(line)})`);
    }),
  );
}

const rowPattern = /^\| (B\.\d-\d+) *\|(.*)\|$/gm;
const linkPattern = /\]\(\.\.\/([^)#]+)(?:#L(\d+))?\)/g;

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const page = withLines(readFileSync(pagePath, "utf8"));
  writeFileSync(pagePath, await format(page, { ...(await resolveConfig(pagePath)), filepath: pagePath }));
}
