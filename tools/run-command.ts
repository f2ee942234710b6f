import { execFile } from "node:child_process";
import { basename } from "node:path";

/**
 * Runs a command for 100 seconds at most, and gives what it wrote to its standard output. Rejects with all that it wrote
 * when it fails.
 */
export function runCommand(command: string, args: readonly string[], cwd: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(command, args, { cwd, timeout: 100_000, maxBuffer: 16 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      // Where a machine gets its packages is its own business.
      else reject(new Error(`${basename(command)} failed:\n${stdout}${stderr}`.replace(/\w+:\/\/\S+/g, "[…]")));
    });
  });
}
