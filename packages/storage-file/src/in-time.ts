import type { Mutex } from "@org/auth-core";

export interface InTimeOptions {
  readonly timeoutMs: number;
  /** What a caller is told whose turn did not come in time. */
  readonly tooLate: () => Error;
}

/** The longest that a timer can take. */
const longestMs = 2 ** 31 - 1;

/**
 * Runs `work` under a mutex as {@link Mutex.run} does. Where it is not this caller's turn within the time it rejects, and
 * the work is never begun.
 */
export async function inTime<Result>(
  mutex: Mutex,
  name: string,
  { timeoutMs, tooLate }: InTimeOptions,
  work: () => Promise<Result>,
): Promise<Result> {
  const { promise, resolve, reject } = Promise.withResolvers<Result>();
  let isOver = false;
  const giveUp = (): void => {
    isOver = true;
    reject(tooLate());
  };
  const timer = setTimeout(giveUp, Math.min(timeoutMs, longestMs));
  const turn = mutex.run(name, async () => {
    clearTimeout(timer);
    if (!isOver) resolve(await work());
  });
  turn.catch(reject);
  return await promise;
}
