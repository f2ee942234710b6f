import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";

export interface Ended {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Starts one of the programs beside this file. It ends after 60 s at the latest. */
export function startProgram(
  name: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): ChildProcessByStdio<null, Readable, Readable> {
  return spawn(process.execPath, ["--conditions=@org/source", join(import.meta.dirname, name), ...args], {
    env,
    timeout: 60_000,
    killSignal: "SIGKILL",
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** Runs one of the programs beside this file to its end, which comes after 60 s at the latest. */
export async function runProgram(name: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Ended> {
  const child = startProgram(name, args, env);
  const [stdout, stderr, [status, signal]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "exit") as Promise<[number | null, NodeJS.Signals | null]>,
  ]);
  return { stdout, stderr, status, signal };
}
