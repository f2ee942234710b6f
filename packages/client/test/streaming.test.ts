import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const program = join(import.meta.dirname, "streaming-program.ts");

test.for(["client sends", "client sends again", "client fetches", "fetch sends", "fetch sends again", "fetch fetches"])(
  "two hundred megabytes go through in far less memory: %s",
  async (work) => {
    const args = ["--conditions=@org/source", program, work];
    const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 25_000 });
    const { length, peakMiB } = JSON.parse(stdout) as { readonly length: number; readonly peakMiB: number };
    expect(length).toBe(200 * 1024 * 1024);
    // A program that holds all of it once has 350 at the least.
    expect(peakMiB).toBeLessThan(250);
  },
);
