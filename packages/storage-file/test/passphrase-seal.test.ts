import {
  chmodSync,
  chownSync,
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
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
      return run(async (same) => {
        const path = (same && paths.get(same)) ?? join(tempFolder(), "passphrase.json");
        const seal = passphraseSeal({ passphrase: () => Promise.resolve("correct horse"), path });
        paths.set(seal, path);
        if (same === undefined) await seal.seal(bytes, "its salt is made");
        return seal;
      });
    });
  }

  test("tells a wrong passphrase, both when it opens and before it seals", async () => {
    const path = join(tempFolder(), "passphrase.json");
    const right = passphraseSeal({ passphrase: () => Promise.resolve("right"), path });
    const sealed = await right.seal(bytes, "context");
    const wrong = passphraseSeal({ passphrase: () => Promise.resolve("CANARY-wrong"), path });
    for (const attempt of [() => wrong.open(sealed, "context"), () => wrong.seal(bytes, "context")]) {
      const error: unknown = await attempt().catch((error: unknown) => error);
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

  test("4.7-86 a salt that is gone is told: none is made to open with, nor to seal beside what is kept", async () => {
    const path = join(tempFolder(), "passphrase.json");
    const make = (words: string, mayCreate: boolean) =>
      passphraseSeal({ passphrase: () => Promise.resolve(words), path, mayCreateSalt: () => mayCreate });
    const sealed = await make("right", true).seal(bytes, "context");
    const text = readFileSync(path, "utf8");
    rmSync(path);
    for (const words of ["right", "wrong"]) {
      for (const attempt of [
        () => make(words, true).open(sealed, "context"),
        () => make(words, false).seal(bytes, "context"),
      ]) {
        await expect(attempt()).rejects.toMatchObject({ code: "store_unavailable" });
      }
      expect(existsSync(path)).toBe(false);
    }
    writeFileSync(path, text, { mode: 0o600 });
    expect(await make("right", false).open(sealed, "context")).toEqual(bytes);
  });

  test("a trial seals and opens with a salt that nobody keeps, and takes one that is there", async () => {
    const path = join(tempFolder(), "passphrase.json");
    const make = (words: string, isTrial?: boolean) =>
      passphraseSeal({ passphrase: () => Promise.resolve(words), path, isTrial });
    const trial = make("mistyped", true);
    expect(await trial.open(await trial.seal(bytes, "context"), "context")).toEqual(bytes);
    expect(existsSync(path)).toBe(false);
    await make("right").seal(bytes, "context");
    await expect(make("mistyped", true).seal(bytes, "context")).rejects.toMatchObject({ code: "passphrase_wrong" });
  });

  test("F11 F24 its file is made private, with a warning; a link in its place and another user's are refused", async () => {
    const path = join(tempFolder(), "passphrase.json");
    const warnings: string[] = [];
    const make = () =>
      passphraseSeal({ passphrase: () => Promise.resolve("x"), path, onWarning: (one) => warnings.push(one) });
    await make().seal(bytes, "context");
    chmodSync(path, 0o666);
    await make().seal(bytes, "context");
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(warnings).toEqual([`other users could reach ${path}; only you can now`]);

    if (process.getuid?.() === 0) {
      chownSync(path, 1234, 1234);
      await expect(make().seal(bytes, "context")).rejects.toMatchObject({ code: "store_unavailable" });
    }
    renameSync(path, `${path}.real`);
    symlinkSync(`${path}.real`, path);
    await expect(make().seal(bytes, "context")).rejects.toThrow("it is a symbolic link");
  });

  test("F16 a salt of a newer release is refused as that", async () => {
    const path = join(tempFolder(), "passphrase.json");
    writeFileSync(path, '{"version":99}', { mode: 0o600 });
    const seal = passphraseSeal({ passphrase: () => Promise.resolve("x"), path });
    await expect(seal.seal(bytes, "context")).rejects.toMatchObject({ code: "store_newer" });
  });
});
