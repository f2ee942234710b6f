import type { CredentialStore } from "@org/auth-core";
import { storeContract } from "@org/auth-core/store-contract";
import { describe, test } from "vitest";
import { fileStore } from "../src/index.ts";
import { tempFolder } from "./temp-folder.ts";

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
});
