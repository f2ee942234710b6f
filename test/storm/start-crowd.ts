import { kill } from "node:process";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { binary, startProgram, type Ended, type StartOptions } from "../e2e/org-auth.ts";

/** Processes of the real binary that were started at once. */
export interface Crowd {
  readonly pids: readonly number[];
  readonly ended: Promise<readonly Ended[]>;
}

const isWindows = process.platform === "win32";

/**
 * Starts a command many times at once.
 *
 * Another process does it, and all of them leave the processor to others: the server, which is in this process, stands
 * for another machine. A client that waits for it in vain would ask again with the same refresh token, and at a server
 * that takes each one once that ends the login.
 */
export async function startCrowd(size: number, args: readonly string[], env: StartOptions["env"]): Promise<Crowd> {
  const program = [process.execPath, join(import.meta.dirname, "crowd-program.ts"), String(size), binary, ...args];
  const starter = startProgram(program, { env, under: isWindows ? [] : ["nice", "-n", "10"] });
  const pids = JSON.parse(await starter.said(/^pids (.*)$/m)) as readonly number[];

  let isOver = false;
  onTestFinished(() => {
    if (!isOver) for (const pid of pids) endIfRunning(pid);
  });
  const ended = starter.ended.then(({ stdout }) => {
    isOver = true;
    return JSON.parse(stdout) as readonly Ended[];
  });
  return { pids, ended };
}

function endIfRunning(pid: number): void {
  try {
    kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}
