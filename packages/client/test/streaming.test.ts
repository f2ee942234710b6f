import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { tempFolder } from "./surroundings.ts";

const program = join(import.meta.dirname, "streaming-program.ts");

const wholeBytes = 200 * 1024 * 1024;

async function run(work: string): Promise<{ readonly length: number; readonly peakMiB: number }> {
  const file = join(tempFolder(), "file");
  writeFileSync(file, "");
  const args = ["--conditions=@org/source", program, work, file];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 25_000 });
  return JSON.parse(stdout) as { readonly length: number; readonly peakMiB: number };
}

test.for(["client sends", "client sends again", "client fetches", "fetch sends", "fetch sends again", "fetch fetches"])(
  "two hundred megabytes go through in far less memory: %s",
  async (work) => {
    const { length, peakMiB } = await run(work);
    expect(length).toBe(wholeBytes);
    // A program that holds all of it once has 350 at the least.
    expect(peakMiB).toBeLessThan(250);
  },
);

test.for(["client sends a file", "client sends a file again", "client sends a form with a file"])(
  "two hundred megabytes go through as by the runtime's own fetch: %s",
  async (work) => {
    const { length, peakMiB } = await run(work);
    expect(length).toBe(wholeBytes);
    // Which has 350 of a file, and ky over it 530. A program that reads all of it first has 1,000 and more.
    expect(peakMiB).toBeLessThan(700);
  },
);
