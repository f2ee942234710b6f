import { describe, expect, test } from "vitest";
import { StoreError, type Seal } from "../src/index.ts";
import { aesSeal } from "../src/storage.ts";
import { sealContract } from "../src/seal-contract.ts";

describe("an AES seal", () => {
  for (const { name, run } of sealContract) {
    test(name, () => {
      const keys = new Map<Seal, Uint8Array<ArrayBuffer>>();
      return run((same) => {
        const key = (same && keys.get(same)) ?? crypto.getRandomValues(new Uint8Array(32));
        const seal = aesSeal(() => Promise.resolve(key));
        keys.set(seal, key);
        return Promise.resolve(seal);
      });
    });
  }

  test("asks for its key when it is first used, once, and again only after that failed", async () => {
    let asked = 0;
    const seal = aesSeal(() => {
      asked++;
      return asked === 1
        ? Promise.reject(new StoreError("keyring_locked", "locked"))
        : Promise.resolve(new Uint8Array(32));
    });
    expect(asked).toBe(0);
    await expect(seal.seal(new Uint8Array(1), "context")).rejects.toMatchObject({ code: "keyring_locked" });
    await Promise.all([seal.seal(new Uint8Array(1), "context"), seal.seal(new Uint8Array(1), "context")]);
    expect(asked).toBe(2);
  });

  test("a key of another length is not used", async () => {
    const seal = aesSeal(() => Promise.resolve(new Uint8Array(16)));
    await expect(seal.seal(new Uint8Array(1), "context")).rejects.toMatchObject({ code: "store_corrupt" });
  });

  test("F16 what a newer release has sealed is said to be that, and not to be tampered with", async () => {
    const seal = aesSeal(() => Promise.resolve(new Uint8Array(32)));
    const sealed = await seal.seal(new Uint8Array(1), "context");
    await expect(seal.open(sealed.with(0, 2), "context")).rejects.toMatchObject({ code: "store_newer" });
    await expect(seal.open(sealed.with(0, 0), "context")).rejects.toMatchObject({ code: "store_tampered" });
  });
});
