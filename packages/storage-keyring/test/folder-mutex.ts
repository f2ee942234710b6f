import { mkdirSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { Mutex } from "@org/auth-core";

/** A mutex between processes that is good enough for a test: nobody dies here while holding it. */
export function folderMutex(folder: string): Mutex {
  return {
    async run(name, work) {
      const path = join(folder, encodeURIComponent(name));
      while (!tryMake(path)) await setTimeout(2);
      try {
        return await work();
      } finally {
        rmdirSync(path);
      }
    },
  };
}

function tryMake(path: string): boolean {
  try {
    mkdirSync(path);
    return true;
  } catch {
    return false;
  }
}
