import { basename } from "node:path";
import { runCommand } from "./run-command.ts";

/** Runs pnpm in a folder: the one that runs us, else any of the right version. */
export async function pnpm(cwd: string, ...args: readonly string[]): Promise<void> {
  const own = process.env["npm_execpath"];
  if (own === undefined || !basename(own).startsWith("pnpm")) await runCommand("npx", ["-y", "pnpm@12", ...args], cwd);
  else if (/\.[cm]?js$/.test(own)) await runCommand(process.execPath, [own, ...args], cwd);
  else await runCommand(own, args, cwd);
}
