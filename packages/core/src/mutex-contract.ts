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
    name: "keeps the next one out until the work has failed, too",
    async run(makeMutex) {
      const mutex = await makeMutex();
      const other = await makeMutex(mutex);
      let isInside = true;
      const failing = mutex.run("name", async () => {
        await new Promise((resolve) => setTimeout(resolve, 20));
        isInside = false;
        throw new Error("thrown by the work");
      });
      const next = other.run("name", () => Promise.resolve(isInside));
      await rejectionOf(failing);
      same(await next, false);
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
    name: "keeps apart names that are alike, however long",
    async run(makeMutex) {
      const mutex = await makeMutex();
      const other = await makeMutex(mutex);
      const names = ["name", "name+a=1", "name+a=2", "x".repeat(400), `${"x".repeat(399)}y`];
      // Each is held while the next one is taken.
      const nested = names.reduceRight<() => Promise<string>>(
        (work, name, index) => () => (index % 2 === 0 ? mutex : other).run(name, work),
        () => Promise.resolve("all"),
      );
      same(await nested(), "all");
    },
  },
  {
    name: "passes on what the work throws, and lets the next one in",
    async run(makeMutex) {
      const mutex = await makeMutex();
      const error = new Error("thrown by the work");
      const other = await makeMutex(mutex);
      const thrown = (): never => {
        throw error;
      };
      for (const work of [() => Promise.reject(error), thrown]) {
        same(await rejectionOf(mutex.run("name", work)), error);
        for (const one of [mutex, other]) same(await one.run("name", () => Promise.resolve("next")), "next");
      }
    },
  },
];
