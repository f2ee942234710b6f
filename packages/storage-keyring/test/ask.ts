import { runProgram } from "./run-program.ts";

/** What the program that asked has printed, and how it ended. */
export interface Asked {
  readonly value?: unknown;
  readonly code?: string;
  readonly message?: string;
  /** The whole error, with all that is hidden in it. */
  readonly printed?: string;
  readonly status: number | null;
}

/** Asks a keyring one thing in a program of its own. */
export async function ask(
  env: NodeJS.ProcessEnv,
  backend: "child" | "direct" | "keytar",
  args: readonly string[],
  timeoutMs = 10_000,
): Promise<Asked> {
  const { stdout, stderr, status } = await runProgram("ask-program.ts", [backend, String(timeoutMs), ...args], env);
  if (stdout === "") throw new Error(`it said nothing: ${stderr}`);
  return { ...(JSON.parse(stdout) as Omit<Asked, "status">), status };
}
