import { memoryMutex } from "@org/auth-core";
import { sealContract } from "@org/auth-core/seal-contract";
import { storeContract, unchangedContract } from "@org/auth-core/store-contract";
import { describe, test } from "vitest";
import { keyringSeal, keyringStore } from "../src/index.ts";
import { memoryKeyring } from "./memory-keyring.ts";

describe("a keyring store over any keyring", () => {
  for (const { name, run } of storeContract) {
    test(name, async () => {
      const options = { service: "contract", keyring: memoryKeyring(), mutex: memoryMutex() };
      await run(async () => keyringStore(options));
    });
  }

  for (const { name, run } of unchangedContract) {
    test(name, async () => {
      const keyring = memoryKeyring();
      const changes = (): readonly string[] => keyring.calls.filter((call) => !call.startsWith("get "));
      const store = keyringStore({ service: "contract", keyring, mutex: memoryMutex() });
      await run(async () => ({ store, state: () => String(changes().length) }));
    });
  }
});

describe("a keyring seal over any keyring", () => {
  for (const { name, run } of sealContract) {
    test(name, async () => {
      const keyrings = new WeakMap<object, ReturnType<typeof memoryKeyring>>();
      await run(async (same) => {
        const keyring = (same && keyrings.get(same)) ?? memoryKeyring();
        const seal = keyringSeal({ service: "contract", keyring });
        keyrings.set(seal, keyring);
        await seal.seal(new Uint8Array(), "the first thing it seals makes its key");
        return seal;
      });
    });
  }
});
