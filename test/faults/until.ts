import { setTimeout } from "node:timers/promises";

/** Waits until something has come about. Fails after 20 s. */
export async function until(hasHappened: () => boolean): Promise<void> {
  const deadlineMs = performance.now() + 20_000;
  while (!hasHappened()) {
    if (performance.now() > deadlineMs) throw new Error(`it never came about: ${String(hasHappened)}`);
    await setTimeout(2);
  }
}
