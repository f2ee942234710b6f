import type { Mutex } from "@org/auth-core";
import { mutexContract } from "@org/auth-core/mutex-contract";
import { describe, test } from "vitest";
import { fileMutex } from "../src/index.ts";
import { tempFolder } from "./temp-folder.ts";

describe("a file mutex", () => {
  for (const { name, run } of mutexContract) {
    test(name, () => {
      const folders = new Map<Mutex, string>();
      return run((same) => {
        const folder = (same && folders.get(same)) ?? tempFolder();
        const mutex = fileMutex({ folder });
        folders.set(mutex, folder);
        return Promise.resolve(mutex);
      });
    });
  }
});
