import { describe, test } from "vitest";
import { memoryMutex } from "../src/index.ts";
import { mutexContract } from "../src/mutex-contract.ts";

describe("a memory mutex", () => {
  for (const { name, run } of mutexContract) test(name, () => run((same) => Promise.resolve(same ?? memoryMutex())));
});
