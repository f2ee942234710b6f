/**
 * A process that contends for a lock: `contender.ts FOLDER`. For each {@link Heat} it is sent it takes and releases the
 * lock so many times, and answers with the longest wait in milliseconds. The first answer says that it is warm.
 */
import { fileMutex } from "@org/auth-storage-file";
import type { Heat } from "./contenders.ts";

const mutex = fileMutex({ folder: process.argv[2] ?? "" });

async function longestWaitMs({ cycles, holdMs }: Heat): Promise<number> {
  let longestMs = 0;
  for (let cycle = 0; cycle < cycles; cycle++) {
    const askedMs = performance.now();
    await mutex.run("contended", async () => {
      longestMs = Math.max(longestMs, performance.now() - askedMs);
      if (holdMs > 0) await new Promise((resolve) => setTimeout(resolve, holdMs));
    });
  }
  return longestMs;
}

const answer = async (heat: Heat): Promise<void> => void process.send?.(await longestWaitMs(heat));
process.on("message", (heat: Heat) => void answer(heat));
await answer({ cycles: 1, holdMs: 0 });
