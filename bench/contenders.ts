import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

/** What every contender is to do at the same time. */
export interface Heat {
  /** How often each takes the lock. */
  readonly cycles: number;
  /** How long it holds it each time. */
  readonly holdMs: number;
}

export interface HeatResult {
  /** From the start to the end of the last contender, in milliseconds. */
  readonly totalMs: number;
  /** The longest that any contender waited for the lock, in milliseconds. */
  readonly longestWaitMs: number;
}

/** Processes that contend for one lock. */
export interface Contenders {
  run(heat: Heat): Promise<HeatResult>;
  /** Ends them. */
  end(): Promise<void>;
}

/** Starts processes that contend for one lock in `folder`, and waits until each of them has had it once. */
export async function startContenders(count: number, folder: string): Promise<Contenders> {
  const children: ChildProcess[] = [];
  async function end(): Promise<void> {
    const running = children.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
    await Promise.all(running.map((child) => (child.kill(), once(child, "close"))));
  }

  try {
    const ready: Promise<number>[] = [];
    for (let started = 0; started < count; started++) {
      const child = fork(join(import.meta.dirname, "contender.ts"), [folder], {
        execArgv: ["--conditions=@org/source"],
      });
      children.push(child);
      ready.push(answerOf(child));
    }
    await Promise.all(ready);
  } catch (error) {
    await end();
    throw error;
  }

  return {
    async run(heat) {
      const start = performance.now();
      const answers = children.map((child) => {
        const answer = answerOf(child);
        child.send(heat);
        return answer;
      });
      const longestWaitMs = Math.max(...(await Promise.all(answers)));
      return { totalMs: performance.now() - start, longestWaitMs };
    },
    end,
  };
}

/** Rejects when it ends instead, or takes a minute. */
async function answerOf(child: ChildProcess): Promise<number> {
  const done = new AbortController();
  const signal = AbortSignal.any([done.signal, AbortSignal.timeout(60_000)]);
  try {
    const [answer] = (await Promise.race([
      once(child, "message", { signal }),
      once(child, "exit", { signal }).then(() => []),
    ])) as readonly unknown[];
    if (typeof answer !== "number") throw new Error("a contender ended without an answer");
    return answer;
  } finally {
    done.abort();
  }
}
