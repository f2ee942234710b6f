import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { aesSeal } from "@org/auth-core/storage";
import { describe, expect, onTestFinished, test } from "vitest";
import { findBinding } from "../src/find-binding.ts";
import { keyringSeal, systemKeyring } from "../src/index.ts";
import { runProgram } from "./run-program.ts";
import { hasSecretService, testSession, type Session } from "./secret-service.ts";

const service = "org-auth-test";

/** The folder of a program that depends on this package. */
function programFolder(): string {
  const root = mkdtempSync(join(tmpdir(), "org-auth-program-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  mkdirSync(join(root, "node_modules/@org"), { recursive: true });
  symlinkSync(join(import.meta.dirname, ".."), join(root, "node_modules/@org/auth-storage-keyring"));
  return join(root, "deep/in/it");
}

describe.skipIf(process.platform !== "linux" || !["arm64", "x64"].includes(process.arch))("the binding", () => {
  test("is found where package managers put it", () => {
    const path = findBinding(programFolder());
    expect(path).toMatch(/\/keyring-linux-(arm64|x64)-gnu\/keyring\.linux-(arm64|x64)-gnu\.node$/);
    expect(existsSync(path ?? "")).toBe(true);
  });

  test("is not found where it is not, nor for a platform that has none", () => {
    expect(findBinding(tmpdir())).toBeUndefined();
    expect(findBinding(programFolder(), { platform: "linux", arch: "mips" })).toBeUndefined();
    expect(findBinding(programFolder(), { platform: "win32", arch: "x64" })).toBeUndefined();
  });
});

describe.skipIf(!hasSecretService())("with a real keyring (gnome-keyring)", () => {
  async function peek({ env }: Session, ...times: readonly string[]) {
    const args = [programFolder(), service, ...(times.length === 0 ? ["10000"] : times)];
    const { stdout } = await runProgram("peek-program.ts", args, env);
    return JSON.parse(stdout) as { readonly key?: string; readonly code?: string; readonly standsBy: boolean };
  }
  const sealOf = ({ env }: Session) => keyringSeal({ service, keyring: systemKeyring({ env }) });

  test("the key is the one that has sealed", async () => {
    const session = await testSession();
    await session.startKeyring("unlocked");
    const sealed = await sealOf(session).seal(Buffer.from("fake"), "context");
    const { key = "", standsBy } = await peek(session);
    expect(standsBy).toBe(false);
    const bytes = new Uint8Array(Buffer.from(key, "base64"));
    const opened = await aesSeal(() => Promise.resolve(bytes)).open(sealed, "context");
    expect(Buffer.from(opened).toString()).toBe("fake");
  });

  test("without a key, with something else in its place and without a keyring there is no answer", async () => {
    const session = await testSession();
    const keyring = systemKeyring({ env: session.env });
    expect(await peek(session)).toMatchObject({ code: "keyring_missing" });
    await session.startKeyring("unlocked");
    expect(await peek(session)).toEqual({ standsBy: false });
    await keyring.setPassword(service, "seal-key", "not a key");
    expect(await peek(session)).toEqual({ standsBy: false });
  });

  test("F80 a locked keyring whose prompt nobody answers has hung, in time, and something lets the program end", async () => {
    const session = await testSession({ prompter: "silent" });
    const unlocked = await session.startKeyring("unlocked");
    await sealOf(session).seal(Buffer.from("fake"), "context");
    await unlocked.end();
    await session.startKeyring("locked");
    const hung = { code: "keyring_hung", standsBy: true };
    expect(await peek(session, "200")).toMatchObject({ ...hung, message: expect.stringContaining("within 0.2 s") });
    const asked = await peek(session, "asked", "1100");
    expect(asked).toMatchObject({ ...hung, message: expect.stringContaining("within 1.1 s") });
  });

  test("F81 a keyring that hangs has hung, in time", async () => {
    const session = await testSession();
    const keyring = await session.startKeyring("unlocked");
    await sealOf(session).seal(Buffer.from("fake"), "context");
    process.kill(keyring.pid, "SIGSTOP");
    expect(await peek(session, "200")).toMatchObject({ code: "keyring_hung" });
    process.kill(keyring.pid, "SIGCONT");
  });
});
