import { readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { apiKey, type CredentialKey, type CredentialStore, type Seal } from "@org/auth-core";
import { aesSeal } from "@org/auth-core/storage";
import { storeContract, unchangedContract } from "@org/auth-core/store-contract";
import { describe, expect, test } from "vitest";
import { fileStore } from "../src/index.ts";
import { tempFolder } from "./temp-folder.ts";
import { stateOf } from "./watched-folder.ts";

const newSeal = (): Seal => {
  const key = crypto.getRandomValues(new Uint8Array(32));
  return aesSeal(() => Promise.resolve(key));
};
const key: CredentialKey = { issuer: "https://id.example.com", clientId: "test", profile: "default" };
const credential = apiKey({ apiKey: "CANARY-key" });

describe("a sealed file store", () => {
  for (const { name, run } of storeContract) {
    test(name, () => {
      const options = new Map<CredentialStore, { folder: string; seal: Seal }>();
      return run((same) => {
        const own = (same && options.get(same)) ?? { folder: tempFolder(), seal: newSeal() };
        const store = fileStore(own);
        options.set(store, own);
        return Promise.resolve(store);
      });
    });
  }

  for (const { name, run } of unchangedContract) {
    test(name, () =>
      run(() => {
        const folder = tempFolder();
        const store = fileStore({ folder, seal: newSeal() });
        return Promise.resolve({ store, state: () => stateOf(join(folder, "credentials")) });
      }),
    );
  }

  async function setUp() {
    const folder = tempFolder();
    const seal = newSeal();
    const store = fileStore({ folder, seal });
    await store.update(key, () => credential);
    const credentials = join(folder, "credentials");
    return { folder, seal, store, credentials, path: join(credentials, readdirSync(credentials)[0] ?? "") };
  }

  test("shows nothing of what it keeps", async () => {
    const { path } = await setUp();
    const text = readFileSync(path, "utf8");
    for (const form of ["CANARY-key", Buffer.from("CANARY-key").toString("base64"), "apiKey"])
      expect(text).not.toContain(form);
  });

  test("4.7-86 refuses what was changed or cut off, swapped between two credentials, or sealed with another key or format", async () => {
    const { folder, path, store, credentials } = await setUp();
    const other = { ...key, profile: "other" };
    await store.update(other, () => credential);
    const [mine, theirs] = [readFileSync(path, "utf8"), readFileSync(path.replace("default", "other"), "utf8")];
    const sealedOf = (text: string): string => (JSON.parse(text) as { sealed: string }).sealed;

    const bytes = Buffer.from(sealedOf(mine), "base64");
    const otherFormat = Buffer.from([2, ...bytes.subarray(1)]).toString("base64");
    const cutOff = bytes.subarray(0, -1).toString("base64");
    for (const sealed of [sealedOf(theirs), "AAAA", cutOff]) {
      writeFileSync(path, mine.replace(sealedOf(mine), sealed));
      await expect(store.read(key)).rejects.toMatchObject({ code: "store_tampered" });
    }
    // F16 A newer one is not what somebody has tampered with, and stays.
    writeFileSync(path, mine.replace(sealedOf(mine), otherFormat));
    await expect(store.update(key, () => credential)).rejects.toMatchObject({ code: "store_newer" });
    writeFileSync(path, mine);
    await expect(fileStore({ folder, seal: newSeal() }).read(key)).rejects.toMatchObject({ code: "store_tampered" });
    expect(await store.read(key)).toEqual(credential);
    renameSync(path.replace("default", "other"), path);
    await expect(store.read(key)).rejects.toMatchObject({ code: "store_corrupt" });
    expect(readdirSync(credentials)).toHaveLength(1);
  });

  test("refuses a credential that somebody has put there unsealed", async () => {
    const { folder, store } = await setUp();
    await fileStore({ folder }).update({ ...key, profile: "planted" }, () => credential);
    await expect(store.read({ ...key, profile: "planted" })).rejects.toMatchObject({ code: "store_corrupt" });
  });
});
