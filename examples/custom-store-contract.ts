import { test } from "node:test";
import { memoryMutex, type CredentialStore } from "@org/auth-core";
import { aesSeal } from "@org/auth-core/storage";
import { storeContract, unchangedContract, type WatchedStore } from "@org/auth-core/store-contract";
import { keyValueStore, type KeyValueClient } from "./custom-store.ts";

const clients = new WeakMap<CredentialStore, KeyValueClient>();
const key = crypto.getRandomValues(new Uint8Array(32));
const options = { mutex: memoryMutex(), seal: aesSeal(() => Promise.resolve(key)) };

async function makeStore(same?: CredentialStore): Promise<CredentialStore> {
  const client = (same && clients.get(same)) ?? clientOf(new Map());
  const store = keyValueStore(client, options);
  clients.set(store, client);
  return store;
}

async function makeWatchedStore(): Promise<WatchedStore> {
  const values = new Map<string, string>();
  // Sealed twice, the same is another text.
  return { store: keyValueStore(clientOf(values), options), state: () => JSON.stringify([...values]) };
}

function clientOf(values: Map<string, string>): KeyValueClient {
  return {
    get: async (name) => values.get(name) ?? null,
    set: async (name, value) => values.set(name, value),
    delete: async (name) => values.delete(name),
    names: async () => [...values.keys()],
  };
}

for (const { name, run } of storeContract) void test(name, () => run(makeStore));
for (const { name, run } of unchangedContract) void test(name, () => run(makeWatchedStore));
