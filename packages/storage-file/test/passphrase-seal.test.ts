import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Seal } from "@org/auth-core";
import { sealContract } from "@org/auth-core/seal-contract";
import { describe, expect, test } from "vitest";
import { fileMutex, passphraseSeal } from "../src/index.ts";
import { tempFolder } from "./temp-folder.ts";

const bytes = new TextEncoder().encode("something");

describe("a passphrase seal", () => {
  for (const { name, run } of sealContract) {
    test(name, () => {
      const paths = new Map<Seal, string>();
      return run((same) => {
        const path = (same && paths.get(same)) ?? join(tempFolder(), "passphrase.json");
        const seal = passphraseSeal({ passphrase: () => Promise.resolve("correct horse"), path });
        paths.set(seal, path);
        return Promise.resolve(seal);
      });
    });
  }

  test("tells a wrong passphrase, both when it opens and before it seals", async () => {
    const path = join(tempFolder(), "passphrase.json");
    const right = passphraseSeal({ passphrase: () => Promise.resolve("right"), path });
    const sealed = await right.seal(bytes, "context");
    const wrong = passphraseSeal({ passphrase: () => Promise.resolve("CANARY-wrong"), path });
    for (const attempt of [wrong.open(sealed, "context"), wrong.seal(bytes, "context")]) {
      const error: unknown = await attempt.catch((error: unknown) => error);
      expect(error).toMatchObject({ code: "passphrase_wrong" });
      expect(String(error)).not.toContain("CANARY");
    }
  });

  test("reads a passphrase the same however its accents were typed", async () => {
    const path = join(tempFolder(), "passphrase.json");
    const composed = passphraseSeal({ passphrase: () => Promise.resolve("\u00e9"), path });
    const decomposed = passphraseSeal({ passphrase: () => Promise.resolve("e\u0301"), path });
    expect(await decomposed.open(await composed.seal(bytes, "context"), "context")).toEqual(bytes);
  });

  test("two that begin at the same time end up with one salt, which is private and lasts", async () => {
    const folder = tempFolder();
    const path = join(folder, "passphrase.json");
    const make = () =>
      passphraseSeal({
        passphrase: () => Promise.resolve("same"),
        path,
        mutex: fileMutex({ folder: join(folder, "locks") }),
      });
    const [a, b] = [make(), make()];
    const sealed = await Promise.all([a.seal(bytes, "context"), b.seal(bytes, "context")]);
    for (const one of sealed) expect(await make().open(one, "context")).toEqual(bytes);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(path, "utf8")).not.toContain("same");
  });

  test("a salt that cannot be read is an error and is not replaced", async () => {
    const path = join(tempFolder(), "passphrase.json");
    writeFileSync(path, "{}");
    const seal = passphraseSeal({ passphrase: () => Promise.resolve("x"), path });
    await expect(seal.seal(bytes, "context")).rejects.toMatchObject({ code: "store_corrupt" });
    expect(readFileSync(path, "utf8")).toBe("{}");
  });
});
