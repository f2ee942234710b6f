// A longer timer would fire at once.
const longestTimerMs = 2 ** 31 - 1;

/**
 * A process that was suspended, stopped or starved past its deadline finds the time up before it looks at what has
 * arrived meanwhile. An answer that has must not be thrown away: it may be the only copy of a refresh token.
 */
const catchUpMs = 250;

interface DeadlineOptions {
  readonly timeoutMs: number;
  /** The caller's own wish to stop. The promise rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** What the promise rejects with when time is up. */
  timeoutError(): Error;
}

/** Runs `work` until it is done, the time is up or the caller stops it, even if the work does not heed its signal. */
export async function withDeadline<Result>(
  work: (signal: AbortSignal) => Promise<Result>,
  { timeoutMs, signal: callers, timeoutError }: DeadlineOptions,
): Promise<Result> {
  callers?.throwIfAborted();
  const controller = new AbortController();
  const { signal } = controller;
  const stop = (): void => {
    controller.abort(callers?.reason);
  };
  callers?.addEventListener("abort", stop, { once: true });
  let timer = setTimeout(
    () => {
      timer = setTimeout(() => {
        controller.abort(timeoutError());
      }, catchUpMs);
    },
    Math.min(timeoutMs, longestTimerMs),
  );

  try {
    return await Promise.race([work(signal), aborted(signal)]);
  } catch (error) {
    signal.throwIfAborted(); // Whatever the work made of being stopped, why it was stopped is what matters.
    throw error;
  } finally {
    clearTimeout(timer);
    callers?.removeEventListener("abort", stop);
  }
}

/** Waits. Rejects with the signal's reason when it aborts first. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(
      () => {
        signal?.removeEventListener("abort", stop);
        resolve();
      },
      Math.min(ms, longestTimerMs),
    );
    signal?.addEventListener("abort", stop, { once: true });
  });
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const stop = (): void => {
      reject(signal.reason as Error);
    };
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
}
