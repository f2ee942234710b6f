import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";

const root = join(import.meta.dirname, "..");

const runs: readonly { readonly title: string; readonly source: string; readonly line: string }[] = [
  {
    title: "tests that pass, fail and are skipped",
    source: `
      test("passes", () => {});
      test("passes too", () => {});
      test("fails", () => expect(1).toBe(2));
      test.skip("is skipped", () => {});
      test.todo("is to be written");`,
    line: "2 passed, 1 failed, 2 skipped",
  },
  {
    title: "a run in which all is well",
    source: `describe("a suite", () => test("passes", () => {}));`,
    line: "1 passed, 0 failed, 0 skipped",
  },
  {
    title: "a file that cannot be loaded",
    source: `test("passes", () => {}); throw new Error("while loading");`,
    line: "0 passed, 1 failed, 0 skipped",
  },
  {
    title: "a suite whose hook fails after its tests",
    source: `describe("a suite", () => { afterAll(() => { throw new Error("hook"); }); test("passes", () => {}); });`,
    line: "1 passed, 1 failed, 0 skipped",
  },
  {
    title: "a suite whose hook fails before its tests",
    source: `describe("a suite", () => { beforeAll(() => { throw new Error("hook"); }); test("never runs", () => {}); });`,
    line: "0 passed, 1 failed, 1 skipped",
  },
  {
    title: "an error that nobody caught",
    source: `test("passes", () => { void Promise.reject(new Error("forgotten")); });`,
    line: "1 passed, 1 failed, 0 skipped",
  },
  { title: "a file with no test in it", source: "", line: "0 passed, 1 failed, 0 skipped" },
];

test.for(runs)("the last line counts $title", async ({ source, line }) => {
  const { exitCode, output } = await vitest({ "planted.test.ts": source });
  expect(output.trimEnd().split("\n").at(-1)).toBe(line);
  expect(exitCode === 0).toBe(line.includes(" 0 failed"));
});

test("the last line counts a failure when no test could be started", async () => {
  const { exitCode, output } = await vitest({}, { globalSetup: ["./missing.ts"] });
  expect(output.trimEnd().split("\n").at(-1)).toBe("0 passed, 1 failed, 0 skipped");
  expect(exitCode).not.toBe(0);
});

/** Runs Vitest with the reporter on some files, as the workspace's configuration does, for a minute at most. */
function vitest(
  files: Readonly<Record<string, string>>,
  settings: object = {},
): Promise<{ readonly exitCode: number | string; readonly output: string }> {
  const folder = mkdtempSync(join(tmpdir(), "org-auth-reporter-"));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"), "junction");
  const imports = `import { afterAll, beforeAll, describe, expect, test } from "vitest";`;
  for (const [name, source] of Object.entries(files)) writeFileSync(join(folder, name), `${imports}\n${source}\n`);
  const reporter = JSON.stringify(join(root, "tools/reporter/count-reporter.ts"));
  writeFileSync(
    join(folder, "vitest.config.mts"),
    `import { countReporter } from ${reporter};
     export default { test: { reporters: ["default", countReporter()], ...${JSON.stringify(settings)} } };`,
  );

  return new Promise((resolve) => {
    const args = [join(root, "node_modules/vitest/vitest.mjs"), "run"];
    execFile(process.execPath, args, { cwd: folder, timeout: 60_000 }, (error, stdout, stderr) => {
      resolve({ exitCode: error === null ? 0 : (error.code ?? "killed"), output: stderr + stdout });
    });
  });
}
