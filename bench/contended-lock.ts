import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startContenders, type Heat, type HeatResult } from "./contenders.ts";
import { plainRow, type Row } from "./measurement.ts";

const heats = 7;

/** What the lock between processes does under a crowd: how often it changes hands, and how long anyone waits. */
export async function contendedLock(): Promise<readonly Row[]> {
  const quick: Heat = { cycles: 200, holdMs: 0 };
  const quickContenders = 8;
  const perSecond = (await run(quickContenders, quick)).map(
    ({ totalMs }) => (quickContenders * quick.cycles) / (totalMs / 1000),
  );
  const waitsMs = (await run(80, { cycles: 1, holdMs: 10 })).map(({ longestWaitMs }) => longestWaitMs);

  return [
    plainRow({ name: "lock cycles of 8 processes", unit: "/s", goal: 1000, wanted: "at least" }, perSecond),
    // The longest of all heats, where other rows have the median: nobody is to wait longer.
    plainRow({ name: "80 processes hold a lock for 10 ms each, longest wait", unit: "ms", goal: 5000 }, [
      Math.max(...waitsMs),
    ]),
  ];
}

async function run(contenderCount: number, heat: Heat): Promise<readonly HeatResult[]> {
  const folder = mkdtempSync(join(tmpdir(), "org-auth-locks-"));
  try {
    const contenders = await startContenders(contenderCount, folder);
    try {
      const results: HeatResult[] = [];
      for (let heatNumber = 0; heatNumber < heats; heatNumber++) results.push(await contenders.run(heat));
      return results;
    } finally {
      await contenders.end();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
