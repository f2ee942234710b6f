/** Lets one caller in at a time. */
export interface Mutex {
  /**
   * Runs `work` while nobody else runs work under the same `name`, and gives its result. It is released when `work`
   * settles, or when the process that holds it dies. Rejects with {@link StoreError} (`store_locked`) when it could
   * not be had in time.
   */
  run<Result>(name: string, work: () => Promise<Result>): Promise<Result>;
}

/** A mutex among the callers in one process, first come, first served. */
export function memoryMutex(): Mutex {
  const lastByName = new Map<string, Promise<unknown>>();

  return {
    run(name, work) {
      const turn = (lastByName.get(name) ?? Promise.resolve()).then(work);
      const settled = turn.then(ignore, ignore).then(() => {
        if (lastByName.get(name) === settled) lastByName.delete(name);
      });
      lastByName.set(name, settled);
      return turn;
    },
  };
}

function ignore(): void {
  // The caller sees how its own work went; whoever comes next only needs to know that it is over.
}
