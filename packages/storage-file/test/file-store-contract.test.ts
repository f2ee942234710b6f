import { join } from "node:path";
import type { CredentialStore } from "@org/auth-core";
import { storeContract, unchangedContract } from "@org/auth-core/store-contract";
import { describe, test } from "vitest";
import { fileStore } from "../src/index.ts";
import { tempFolder } from "./temp-folder.ts";
import { stateOf } from "./watched-folder.ts";

describe("a file store", () => {
  for (const { name, run } of storeContract) {
    test(name, () => {
      const folders = new Map<CredentialStore, string>();
      return run((same) => {
        const folder = (same && folders.get(same)) ?? tempFolder();
        const store = fileStore({ folder });
        folders.set(store, folder);
        return Promise.resolve(store);
      });
    });
  }

  for (const { name, run } of unchangedContract) {
    test(name, () =>
      run(() => {
        const folder = tempFolder();
        return Promise.resolve({ store: fileStore({ folder }), state: () => stateOf(join(folder, "credentials")) });
      }),
    );
  }
});
