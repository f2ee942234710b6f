import { readFileSync } from "node:fs";
import { join } from "node:path";
import { tempHome } from "../e2e/org-auth.ts";

/** One traced program. */
export interface Strace {
  readonly under: readonly string[];
  /** The system calls so far, in order, without the number of their thread. */
  calls(): readonly string[];
}

/**
 * What to start a program under to see its system calls on files, and to meddle with them: `fsync:signal=SIGKILL:when=1`
 * kills it when it is about to make its first `fsync`.
 */
export function underStrace(inject?: string): Strace {
  const log = join(tempHome(), "strace");
  const injection = inject === undefined ? [] : ["-e", `inject=${inject}`];
  return {
    under: ["strace", "-f", "-qq", "-s", "4096", "-e", "trace=fsync,rename,openat", ...injection, "-o", log],
    calls: () =>
      readFileSync(log, "utf8")
        .split("\n")
        .map((line) => line.replace(/^\d+ +/, "")),
  };
}
