import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

const root = join(import.meta.dirname, "..");
const tsc = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc");
let copy: string;

beforeEach(() => {
  copy = mkdtempSync(join(tmpdir(), "org-auth-core-"));
  for (const path of ["tsconfig.base.json", "tsconfig.pure.json"]) cpSync(join(root, path), join(copy, path));
  for (const path of ["package.json", "tsconfig.json", "src"]) {
    cpSync(join(root, "packages/core", path), join(copy, "packages/core", path), { recursive: true });
  }
  // Node's types stay within reach, as they are for core itself: only its settings keep them out.
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"), "junction");
  expect(readFileSync(join(copy, "node_modules/@types/node/package.json"), "utf8")).toContain("@types/node");
});

afterEach(() => {
  rmSync(copy, { recursive: true, force: true });
});

test("core type-checks where there is nothing but the language and the web", async () => {
  expect(await typeCheck()).toEqual({ exitCode: 0, output: "" });
});

test.for([
  [`import { readFileSync } from "node:fs";\nexport const read: unknown = readFileSync;`, "node:fs"],
  [`export const home: unknown = process.env;`, "'process'"],
  [`export const bytes: unknown = Buffer.alloc(1);`, "'Buffer'"],
] as const)("core does not type-check with %j", async ([source, culprit]) => {
  writeFileSync(join(copy, "packages/core/src/planted.ts"), source);
  const { exitCode, output } = await typeCheck();
  expect(exitCode).not.toBe(0);
  const errors = output.split("\n").filter((line) => line.includes("error TS"));
  expect(errors).toEqual([expect.stringMatching(`^packages/core/src/planted\\.ts.*${culprit}`)]);
});

/** Runs the compiler as `pnpm typecheck` does, for a minute at most. */
function typeCheck(): Promise<{ readonly exitCode: number | string; readonly output: string }> {
  return new Promise((resolve) => {
    const args = [tsc, "--pretty", "false", "-p", "packages/core/tsconfig.json"];
    execFile(process.execPath, args, { cwd: copy, timeout: 60_000 }, (error, stdout, stderr) => {
      resolve({ exitCode: error === null ? 0 : (error.code ?? "killed"), output: stdout + stderr });
    });
  });
}
