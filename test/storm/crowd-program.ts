/**
 * A program that runs a command many times at once: `crowd-program.ts SIZE FILE [ARGUMENTS]`. It writes a line with the
 * process ids to its standard error when all have been started, and how each ended to its standard output, as JSON.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeSync } from "node:fs";
import { text } from "node:stream/consumers";

const [size, ...command] = process.argv.slice(2);

const children = Array.from({ length: Number(size) }, () =>
  spawn(process.execPath, command, { stdio: ["ignore", "pipe", "pipe"] }),
);
const ended = children.map(async (child) => {
  const [[status, signal], stdout, stderr] = await Promise.all([
    once(child, "close") as Promise<readonly unknown[]>,
    text(child.stdout),
    text(child.stderr),
  ]);
  return { status, signal, stdout, stderr };
});
writeSync(2, `pids ${JSON.stringify(children.map(({ pid }) => pid))}\n`);
process.stdout.write(JSON.stringify(await Promise.all(ended)));
