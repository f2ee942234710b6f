import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "..");

const planted = `import { inspect } from "node:util";
import { type Mutex } from "./mutex.ts";
export default function planted(): void {}
export class Session {}
export class PlantedError extends Error {}
export enum Kind { A }
export * from "./errors.ts";
export let shared = 1;
export function f(x: any, mutex: Mutex, y?: string): number {
  Promise.resolve(1);
  console.log(mutex);
  process.exit(1);
  return y!.length;
}
`;

test("the lint of a package's sources knows the house rules", async () => {
  expect(await lint("packages/core/src/fixed.ts", planted)).toEqual(
    expect.arrayContaining([
      "1 @typescript-eslint/no-unused-vars",
      "2 @typescript-eslint/no-import-type-side-effects",
      "3 no-restricted-syntax",
      "4 no-restricted-syntax",
      "6 no-restricted-syntax",
      "7 no-restricted-syntax",
      "8 no-restricted-syntax",
      "9 @typescript-eslint/no-explicit-any",
      "10 @typescript-eslint/no-floating-promises",
      "11 no-console",
      "12 no-restricted-properties",
      "13 @typescript-eslint/no-non-null-assertion",
    ]),
  );
});

test("errors may be classes", async () => {
  expect(await lint("packages/core/src/fixed.ts", "export class PlantedError extends Error {}\n")).toEqual([]);
});

test("files are named in kebab-case", async () => {
  expect(await lint("tools/bad_Name.js", "export const planted = 1;\n")).toEqual(["1 house/kebab-case-file"]);
  expect(await lint("tools/good-name.js", "export const planted = 1;\n")).toEqual([]);
});

/** What the linter has to say of `source` if it stood in `path`: the lines and their rules. */
async function lint(path: string, source: string): Promise<readonly string[]> {
  const eslint = join(root, "tools/eslint/node_modules/eslint/bin/eslint.js");
  const args = [
    eslint,
    "--config",
    "tools/eslint/eslint.config.js",
    "--format",
    "json",
    "--stdin",
    "--stdin-filename",
    path,
  ];
  const child = spawn(process.execPath, args, { cwd: root, timeout: 60_000, stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.end(source);
  const [report] = JSON.parse(await text(child.stdout)) as readonly {
    readonly messages: readonly { readonly line: number; readonly ruleId: string | null; readonly message: string }[];
  }[];
  return (report?.messages ?? []).map(({ line, ruleId, message }) => `${line} ${ruleId ?? message}`);
}
