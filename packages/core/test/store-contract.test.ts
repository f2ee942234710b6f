import { describe, test } from "vitest";
import { memoryStore } from "../src/index.ts";
import { storeContract } from "../src/store-contract.ts";

describe("a memory store", () => {
  for (const { name, run } of storeContract) {
    test(name, () => run((same) => Promise.resolve(same ?? memoryStore())));
  }
});
