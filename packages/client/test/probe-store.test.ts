import { apiKey, memoryMutex, memoryStore } from "@org/auth-core";
import { expect, test } from "vitest";
import { probeStore, type Storage, type StoreKind } from "../src/source.ts";

test("F81 a store that waits for its person does not keep the probes of the others waiting", async () => {
  const mutex = memoryMutex();
  const { promise: othersAreDone, resolve: answer } = Promise.withResolvers<void>();
  const storageOf = (kind: StoreKind, wait?: Promise<void>): Storage => {
    const store = memoryStore();
    const waiting = {
      ...store,
      update: async (...args: Parameters<typeof store.update>) => (await wait, store.update(...args)),
    };
    const home = { kind, store: waiting, forget: () => Promise.resolve() };
    return { home, rungs: [home], reason: "asked", mutex };
  };
  const probe = apiKey({ apiKey: "probe" });
  const keyring = probeStore(storageOf("keyring", othersAreDone), probe);
  await Promise.all((["file", "passphrase"] as const).map((kind) => probeStore(storageOf(kind), probe)));
  answer();
  await expect(keyring).resolves.toBeUndefined();
});
