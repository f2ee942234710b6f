import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { keyringSeal } from "../src/index.ts";
import { canary } from "./a-login.ts";
import { memoryKeyring } from "./memory-keyring.ts";
import { rejection } from "./rejection.ts";
import { runProgram } from "./run-program.ts";
import { hasSecretService, testSession } from "./secret-service.ts";

const service = "org-auth-test";
const keyName = JSON.stringify([service, "seal-key"]);
const bytes = new TextEncoder().encode("fake");

test("the key is 32 bytes drawn at random, in one entry", async () => {
  const keyring = memoryKeyring();
  const fillRandom = (buffer: Uint8Array): void => void buffer.fill(7);
  await keyringSeal({ service, keyring, fillRandom }).seal(bytes, "context");
  expect(Buffer.from(keyring.entries.get(keyName) ?? "", "base64")).toEqual(Buffer.alloc(32, 7));
});

test("the keyring is asked once, whatever is sealed and opened", async () => {
  const keyring = memoryKeyring();
  const sealed = await keyringSeal({ service, keyring }).seal(bytes, "context");
  keyring.calls.length = 0;
  const seal = keyringSeal({ service, keyring });
  await seal.open(sealed, "context");
  await seal.open(await seal.seal(bytes, "context"), "context");
  expect(keyring.calls).toEqual(["get seal-key"]);
});

test("opening never makes a key: what the lost one sealed stays lost, and that is told", async () => {
  const keyring = memoryKeyring();
  const sealed = await keyringSeal({ service, keyring }).seal(bytes, "context");
  keyring.entries.delete(keyName);
  const error = await rejection(keyringSeal({ service, keyring }).open(sealed, "context"));
  expect(error).toMatchObject({
    code: "store_unavailable",
    message: expect.stringContaining("not in the keyring any"),
  });
  expect(keyring.entries.has(keyName)).toBe(false);
});

test("sealing makes no key where it is told not to", async () => {
  const keyring = memoryKeyring();
  const seal = keyringSeal({ service, keyring, mayCreateKey: async () => false });
  expect((await rejection(seal.seal(bytes, "context"))).code).toBe("store_unavailable");
  expect(keyring.entries.has(keyName)).toBe(false);
  const withHint = keyringSeal({ service, keyring, mayCreateKey: () => false, lostHint: "ask the owner" });
  for (const work of [withHint.seal(bytes, "context"), withHint.open(new Uint8Array(40), "context")]) {
    expect(await rejection(work)).toMatchObject({ hint: "ask the owner" });
  }
});

test("4.7-86 a trial seals and opens with a key that nobody keeps, and takes one that is there", async () => {
  const keyring = memoryKeyring();
  const make = () => keyringSeal({ service, keyring, isTrial: true });
  const trial = make();
  expect(await trial.open(await trial.seal(bytes, "context"), "context")).toEqual(bytes);
  expect(keyring.entries.has(keyName)).toBe(false);
  const sealed = await keyringSeal({ service, keyring }).seal(bytes, "context");
  expect(await make().open(sealed, "context")).toEqual(bytes);
});

test("a keyring that says null because it is locked is not given another key", async () => {
  let isLocked = false;
  const keyring = memoryKeyring({ isLocked: () => isLocked });
  const sealed = await keyringSeal({ service, keyring }).seal(bytes, "context");
  isLocked = true;
  const seal = keyringSeal({ service, keyring });
  expect((await rejection(seal.seal(bytes, "context"))).code).toBe("keyring_locked");
  expect((await rejection(seal.open(sealed, "context"))).code).toBe("keyring_locked");
  isLocked = false;
  expect(await seal.open(sealed, "context")).toEqual(bytes);
});

test("a keyring that is unlocked by being written to is asked again before a key is made", async () => {
  let isLocked = false;
  const keyring = memoryKeyring({ isLocked: () => isLocked, before: (method) => void (isLocked &&= method !== "set") });
  const sealed = await keyringSeal({ service, keyring }).seal(bytes, "context");
  isLocked = true;
  const seal = keyringSeal({ service, keyring });
  await seal.seal(bytes, "context");
  expect(await seal.open(sealed, "context")).toEqual(bytes);
});

test("an entry that is no key is store_corrupt, is not told and stays", async () => {
  const keyring = memoryKeyring();
  for (const text of ["", canary, `${canary}=`, Buffer.alloc(31, 1).toString("base64")]) {
    keyring.entries.set(keyName, text);
    const seal = keyringSeal({ service, keyring });
    expect((await rejection(seal.seal(bytes, "context"))).code).toBe("store_corrupt");
    expect((await rejection(seal.open(bytes, "context"))).code).toBe("store_corrupt");
    expect(keyring.entries.get(keyName)).toBe(text);
  }
});

test("a keyring that keeps nothing is told", async () => {
  const keyring = { ...memoryKeyring(), setPassword: () => Promise.resolve() };
  const error = await rejection(keyringSeal({ service, keyring }).seal(bytes, "context"));
  expect(error.code).toBe("keyring_locked");
});

describe.skipIf(!hasSecretService())("on a real Secret Service", () => {
  test("processes that all find no key end with the same one", async () => {
    const session = await testSession();
    await session.startKeyring("unlocked");
    const locks = mkdtempSync(join(tmpdir(), "org-auth-locks-"));
    onTestFinished(() => rmSync(locks, { recursive: true }));
    const all = await Promise.all(
      Array.from({ length: 6 }, () => runProgram("seal-program.ts", [service, locks], session.env)),
    );
    const seal = await runProgram("seal-program.ts", [service, locks, ...all.map(({ stdout }) => stdout)], session.env);
    expect(seal).toMatchObject({ stderr: "", status: 0, stdout: "fake fake fake fake fake fake" });
  });
});
