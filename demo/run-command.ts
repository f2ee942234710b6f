import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

const binary = join(import.meta.dirname, "../packages/cli/dist/bin.cjs");

/**
 * Runs the real binary, printing the command and all it answers. Resolves with its standard output; rejects when it
 * fails. `visit` gets the address it asks to be opened.
 */
export async function runCommand(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  visit?: (url: string) => Promise<void>,
): Promise<string> {
  console.log(`$ org-auth ${args.join(" ")}`);
  const child = spawn(process.execPath, [binary, ...args], { env: { ...env }, stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  let visited: Promise<void> | undefined;

  child.stdout.setEncoding("utf8").on("data", (data: string) => {
    stdout += data;
    process.stdout.write(data);
  });
  child.stderr.setEncoding("utf8").on("data", (data: string) => {
    stderr += data;
    process.stdout.write(data);
    const url = /^ +(http\S+)\n/m.exec(stderr)?.[1];
    if (url !== undefined) visited ??= visit?.(url);
  });

  const [status] = (await once(child, "close")) as [number | null];
  await visited;
  if (!stdout.endsWith("\n") && stdout !== "") console.log();
  console.log();
  if (status !== 0) throw new Error(`org-auth ${args.join(" ")} ended with ${String(status)}`);
  return stdout;
}
