import { expect, test } from "vitest";
import { memoryMutex } from "../src/index.ts";

test("runs one at a time under a name, first come first served, and names do not wait for one another", async () => {
  const mutex = memoryMutex();
  const log: string[] = [];
  const released = Promise.withResolvers<void>();
  const first = mutex.run("a", async () => {
    log.push("first in");
    await released.promise;
    log.push("first out");
  });
  const second = mutex.run("a", () => Promise.resolve(log.push("second")));
  await mutex.run("b", () => Promise.resolve(log.push("other")));
  released.resolve();
  await Promise.all([first, second]);
  expect(log).toEqual(["first in", "other", "first out", "second"]);
});

test("work that fails passes its error on and lets the next one in", async () => {
  const mutex = memoryMutex();
  const failing = mutex.run("a", () => Promise.reject(new Error("failed")));
  const next = mutex.run("a", () => Promise.resolve("in"));
  await expect(failing).rejects.toThrow("failed");
  expect(await next).toBe("in");
});
