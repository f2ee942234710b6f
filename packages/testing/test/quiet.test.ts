import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

// Node 22 warns that reading types is experimental; that is not what is asked here.
const flags = ["--conditions=@org/source", "--disable-warning=ExperimentalWarning"];
const noLongTerm = "--import=data:text/javascript,delete process.release.lts";

test.each([
  ["", flags],
  [" also on a Node that is no long-term one", [...flags, noLongTerm]],
])("the kit prints nothing%s, and lets the process end", async (_where, options) => {
  const program = [...options, join(import.meta.dirname, "quiet.ts")];
  const printed = await promisify(execFile)(process.execPath, program, { timeout: 25_000 });
  expect(printed).toEqual({ stdout: "", stderr: "" });
});
