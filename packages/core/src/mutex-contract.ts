import { rejectionOf, same, type ContractCase } from "./contract-case.ts";
import type { Mutex } from "./mutex.ts";

/** Makes a mutex; called with one it made, another one over the same locks, as another process would have it. */
export type MakeMutex = (same?: Mutex) => Promise<Mutex>;

/**
 * What every {@link Mutex} promises, as data with no test runner inside:
 *
 * ```ts
 * for (const { name, run } of mutexContract) test(name, () => run(makeMutex));
 * ```
 */
export const mutexContract: readonly ContractCase<MakeMutex>[] = [
  {
    name: "gives what the work gives",
    async run(makeMutex) {
      const mutex = await makeMutex();
      same(await mutex.run("name", () => Promise.resolve("result")), "result");
    },
  },
  {
    name: "lets one in at a time under a name, also through another one over the same locks",
    async run(makeMutex) {
      const mutex = await makeMutex();
      const other = await makeMutex(mutex);
      let inside = 0;
      let total = 0;
      const work = async (): Promise<void> => {
        same(++inside, 1);
        await new Promise((resolve) => setTimeout(resolve, 1));
        inside--;
        total++;
      };
      await Promise.all(Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? mutex : other).run("name", work)));
      same(total, 40);
    },
  },
  {
    name: "lets others in under another name meanwhile",
    async run(makeMutex) {
      const mutex = await makeMutex();
      const inner = await mutex.run("outer", () => mutex.run("inner", () => Promise.resolve("both")));
      same(inner, "both");
    },
  },
  {
    name: "passes on what the work throws, and lets the next one in",
    async run(makeMutex) {
      const mutex = await makeMutex();
      const error = new Error("thrown by the work");
      same(await rejectionOf(mutex.run("name", () => Promise.reject(error))), error);
      same(await mutex.run("name", () => Promise.resolve("next")), "next");
    },
  },
];
