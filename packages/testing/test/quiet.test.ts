import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

test("the kit prints nothing, and lets the process end", async () => {
  // Node 22 warns that reading types is experimental; that is not what is asked here.
  const flags = ["--conditions=@org/source", "--disable-warning=ExperimentalWarning"];
  const program = [...flags, join(import.meta.dirname, "quiet.ts")];
  const printed = await promisify(execFile)(process.execPath, program, { timeout: 25_000 });
  expect(printed).toEqual({ stdout: "", stderr: "" });
});
