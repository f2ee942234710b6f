import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { promisify } from "node:util";
import { onTestFinished } from "vitest";

/** Whether this process may mount: a test that needs it is skipped where it may not. */
export const canMount: boolean = process.platform === "linux" && process.getuid?.() === 0;

/** A view of the file system of its own, whose mounts nobody else sees. It is gone when the test ends. */
export interface MountNamespace {
  /** What to start a program under for it to live in there. */
  readonly under: readonly string[];
  /** Runs a shell script in there; `$1` and so on are `args`. Rejects when it fails. */
  script(text: string, ...args: string[]): Promise<void>;
  /** Where this process finds what is at a path in there. */
  pathOf(path: string): string;
}

/** Makes a {@link MountNamespace}. It dies with this process, however that dies. */
export async function mountNamespace(): Promise<MountNamespace> {
  // It ends when its standard input does, and nothing else holds the namespace.
  const keeper = spawn("unshare", ["--mount", "sh", "-c", "echo ready; exec cat"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  onTestFinished(async () => {
    const ended = once(keeper, "exit");
    keeper.stdin.end();
    await ended;
  });
  await once(keeper.stdout, "data");
  const root = `/proc/${keeper.pid ?? 0}`;
  const under = ["nsenter", `--mount=${root}/ns/mnt`, "--"];
  const [command = "", ...rest] = under;
  return {
    under,
    async script(text, ...args) {
      await promisify(execFile)(command, [...rest, "sh", "-euc", text, "sh", ...args], { timeout: 20_000 });
    },
    pathOf: (path) => `${root}/root${path}`,
  };
}
