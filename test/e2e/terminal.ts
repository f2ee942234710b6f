import { spawn } from "node:child_process";
import { once } from "node:events";
import { onTestFinished } from "vitest";
import { binary } from "./org-auth.ts";

/** A shell's command line that runs at a terminal of its own. */
export interface AtTerminal {
  /** Everything that was to be seen there, and the shell's status. */
  readonly ended: Promise<{ readonly status: number | null; readonly screen: string }>;
  /** What the first match of `pattern` captures; rejects with all that was to be seen if it never comes. */
  shows(pattern: RegExp): Promise<string>;
  /** Types, with control characters as a terminal has them: `\r` is Enter, `\x03` is Ctrl-C. */
  type(keys: string): void;
  /** Closes the terminal, as who closes its window does. */
  close(): void;
}

/** Whether tests have terminals. `script` makes them; it comes with every Linux, with other options elsewhere. */
export const hasTerminals: boolean = process.platform === "linux";

/** Runs a command line by `sh`, with exactly the given environment, at a terminal. */
export function startAtTerminal(
  commandLine: string,
  { env, folder }: { readonly env: Readonly<Record<string, string | undefined>>; readonly folder?: string | undefined },
): AtTerminal {
  const child = spawn("script", ["--quiet", "--return", "--command", commandLine, "/dev/null"], {
    env: { ...env },
    cwd: folder,
    stdio: ["pipe", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  child.stdin.on("error", () => undefined); // It may end before all is read.
  let screen = "";
  child.stdout.setEncoding("utf8").on("data", (data: string) => (screen += data));
  const ended = once(child, "close").then(([status]) => ({ status: status as number | null, screen }));

  async function shows(pattern: RegExp): Promise<string> {
    for (;;) {
      const match = pattern.exec(screen);
      if (match !== null) return match[1] ?? match[0];
      const event = await Promise.race([once(child.stdout, "data"), ended]);
      if (!Array.isArray(event)) throw new Error(`it never showed ${String(pattern)} but: ${screen}`);
    }
  }
  const close = (): void => void child.kill("SIGKILL");
  return { ended, shows, close, type: (keys) => void child.stdin.write(keys) };
}

/** The built program with its arguments, as a command line for `sh`. */
export function orgAuthLine(...args: readonly string[]): string {
  return [process.execPath, binary, ...args].map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
}
