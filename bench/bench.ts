/**
 * Measures what should be fast, each thing as a ratio to a reference in the same run where there is one, as
 * `pnpm bench [--pairs N] [--only MEASUREMENT]`.
 *
 * It prints a table and writes `bench/results/latest.json`. A goal out of reach is a finding, not a failure: it fails
 * only where the measured does not do its work. To add rows, write a `Measurement` in a file of its own and list it.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { callersAtExpiry } from "./callers-at-expiry.ts";
import { coldStart } from "./cold-start.ts";
import { contendedLock } from "./contended-lock.ts";
import { crowdedStore } from "./crowded-store.ts";
import { formatTable } from "./format-table.ts";
import { heldToken } from "./held-token.ts";
import { importCost } from "./import-cost.ts";
import { install } from "./installed.ts";
import { installedSize } from "./installed-size.ts";
import type { Measurement, Row } from "./measurement.ts";
import { parallelRefusals } from "./parallel-refusals.ts";
import { requestCost } from "./request-cost.ts";
import { canMeasureCpu } from "./run-program.ts";

const measurements: readonly Measurement[] = [
  coldStart,
  heldToken,
  contendedLock,
  crowdedStore,
  callersAtExpiry,
  requestCost,
  parallelRefusals,
  importCost,
  installedSize,
];

const { values } = parseArgs({ options: { pairs: { type: "string", default: "41" }, only: { type: "string" } } });
const pairs = Number(values.pairs);
if (!Number.isInteger(pairs) || pairs < 1) throw new TypeError("--pairs wants a whole number from 1 up");

const wanted = measurements.filter(({ name }) => values.only === undefined || name === values.only);
if (wanted.length === 0) throw new TypeError(`--only wants ${measurements.map(({ name }) => name).join(" or ")}`);

const date = new Date().toISOString();
const loadBefore = loadavg()[0];
const rows: Row[] = [];
console.error("installing what is measured …");
const installed = await install();
try {
  for (const measure of wanted) {
    console.error(`measuring ${measure.name} …`);
    rows.push(...(await measure({ pairs, installed })));
  }
} finally {
  installed.remove();
}

const machine = {
  date,
  node: process.version,
  platform: `${process.platform} ${process.arch}`,
  cpus: cpus().length,
  // Of the last minute: whether others were at work as well.
  load: { before: loadBefore, after: loadavg()[0] },
};
const folder = join(import.meta.dirname, "results");
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, "latest.json"), `${JSON.stringify({ ...machine, rows }, undefined, 2)}\n`);

const { node, platform, load } = machine;
console.log(formatTable(rows));
console.log(
  `Node ${node}, ${platform}, ${machine.cpus} CPUs, load ${load.before?.toFixed(2)}; ${pairs} pairs of runs.`,
);
if (!canMeasureCpu) console.log("CPU time was not measured: it takes Linux and /usr/bin/perl.");
