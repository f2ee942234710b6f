/**
 * A process that takes a lock, says so, and holds it until its standard input ends:
 * `contender.ts FOLDER NAME [TIMEOUT]`, in milliseconds.
 */
import { writeSync } from "node:fs";
import { fileMutex } from "../src/index.ts";

const [folder = "", name = "", timeoutMs = "30000"] = process.argv.slice(2);
await fileMutex({ folder, timeoutMs: Number(timeoutMs) }).run(name, async () => {
  writeSync(1, "held\n");
  await new Promise((resolve) => process.stdin.on("end", resolve).resume());
});
writeSync(1, "released\n");
