import { memoryStore, type CredentialStore } from "@org/auth-core";
import type { Environment } from "./environment.ts";
import type { Product } from "./product.ts";

/** Where credentials can be kept. */
export type StoreKind = "file" | "memory";

/** All kinds of store, best first. */
export const storeKinds: readonly StoreKind[] = ["file", "memory"];

/**
 * Opens a store for this person: `file` keeps logins for later runs, `memory` for this process only. Nothing is touched
 * or made before the first use, and only what is asked for is loaded.
 */
export async function openStore(kind: StoreKind, product: Product, env: Environment): Promise<CredentialStore> {
  if (kind === "memory") return memoryStore();
  let opened: Promise<CredentialStore> | undefined;
  const open = (): Promise<CredentialStore> => (opened ??= openFileStore(product, env));
  return {
    read: async (key) => (await open()).read(key),
    update: async (key, change) => (await open()).update(key, change),
    list: async () => (await open()).list(),
  };
}

async function openFileStore({ name: appName }: Product, env: Environment): Promise<CredentialStore> {
  const { dataFolder, fileStore } = await import("@org/auth-storage-file");
  return fileStore({ folder: dataFolder({ appName, env }) });
}
