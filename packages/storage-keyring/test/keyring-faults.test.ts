import { readFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { memoryMutex } from "@org/auth-core";
import { describe, expect, test } from "vitest";
import { keyringSeal, keyringStore, systemKeyring } from "../src/index.ts";
import { aLogin, canary, key } from "./a-login.ts";
import { ask } from "./ask.ts";
import { rejection } from "./rejection.ts";
import { startProgram } from "./run-program.ts";
import { hasSecretService, testSession, type Session } from "./secret-service.ts";

const service = "org-auth-test";
const entry = [service, "entry"] as const;

describe.skipIf(process.platform !== "linux")("without a bus", () => {
  test("F78 without D-Bus every call says that there is no keyring, and none goes elsewhere", async () => {
    const env = { PATH: process.env["PATH"], HOME: "/nowhere", XDG_RUNTIME_DIR: "/nowhere" };
    const keyring = systemKeyring({ env });
    for (const call of [
      () => keyring.getPassword(...entry),
      () => keyring.setPassword(...entry, canary),
      () => keyring.deletePassword(...entry),
      () => keyring.findPassword(service),
      () => keyring.findCredentials(service),
    ]) {
      const error = await rejection(call());
      expect(error.code).toBe("keyring_missing");
      expect(error.message).toContain("there is no system keyring (no D-Bus session)");
    }
    for (const backend of ["direct", "keytar"] as const) {
      const asked = await ask(env, backend, ["setPassword", ...entry, canary]);
      expect(asked).toMatchObject({ code: "keyring_missing", status: 6 });
      expect(asked.printed).not.toContain(canary);
    }
  });
});

describe.skipIf(!hasSecretService())("on a real bus", () => {
  test("F79 a bus without a Secret Service says that there is no keyring", async () => {
    const { env } = await testSession();
    const error = await rejection(systemKeyring({ env }).setPassword(...entry, canary));
    expect(error.code).toBe("keyring_missing");
    for (const backend of ["direct", "keytar"] as const) {
      expect(await ask(env, backend, ["getPassword", ...entry])).toMatchObject({ code: "keyring_missing", status: 6 });
    }
  });

  test("F79 a bus that lets nobody talk to the Secret Service is told from one without", async () => {
    const session = await testSession({ isDenied: true });
    await session.startKeyring("unlocked");
    const error = await rejection(systemKeyring({ env: session.env }).getPassword(...entry));
    expect(error.code).toBe("keyring_denied");
    for (const backend of ["direct", "keytar"] as const) {
      const asked = await ask(session.env, backend, ["setPassword", ...entry, canary]);
      expect(asked).toMatchObject({ code: "keyring_denied", status: 6 });
      expect(asked.printed).not.toContain(canary);
    }
  });

  test("F80 a locked keyring is locked, and neither empty nor without a key", async () => {
    const session = await testSession();
    await withUnlocked(session, async (options) => {
      await keyringStore(options).update(key, () => aLogin());
      await keyringSeal(options).seal(new Uint8Array(), "makes the key");
    });
    const sealed = await withUnlocked(session, (options) => keyringSeal(options).seal(Buffer.from(canary), "context"));

    await session.startKeyring("locked");
    const options = optionsOf(session);
    const store = keyringStore(options);
    const seal = keyringSeal(options);
    const works = [
      store.read(key),
      store.list(),
      store.update(key, () => aLogin()),
      store.update({ ...key, profile: "other" }, () => aLogin()),
      seal.seal(Buffer.from(canary), "context"),
      seal.open(sealed, "context"),
    ];
    const codes = (await Promise.all(works.map(rejection))).map(({ code }) => code);
    expect(codes).toEqual(works.map(() => "keyring_locked"));
    const locked = { code: "keyring_locked", status: 6 };
    expect(await ask(session.env, "direct", ["getPassword", service, "seal-key"])).toMatchObject(locked);
    expect(await ask(session.env, "keytar", ["setPassword", ...entry, canary])).toMatchObject(locked);
  });

  test("F80 of many that ask a locked keyring at once each is answered", async () => {
    const session = await testSession({ prompter: "fails" });
    await withUnlocked(session, ({ keyring }) => keyring.setPassword(...entry, canary));
    await session.startKeyring("locked");
    const { keyring } = optionsOf(session);
    const ask = () => [keyring.getPassword(...entry), keyring.setPassword(...entry, canary)].map(rejection);
    const calls = Array.from({ length: 10 }, ask).flat();
    expect(new Set((await Promise.all(calls)).map(({ code }) => code))).toEqual(new Set(["keyring_locked"]));
  });

  test("F80 what was sealed before the keyring was locked opens when it is unlocked again", async () => {
    const session = await testSession();
    const sealed = await withUnlocked(session, (options) => keyringSeal(options).seal(Buffer.from("x"), "context"));
    const locked = await session.startKeyring("locked");
    await rejection(keyringSeal(optionsOf(session)).seal(Buffer.from("y"), "context"));
    await locked.end();
    const opened = await withUnlocked(session, (options) => keyringSeal(options).open(sealed, "context"));
    expect(Buffer.from(opened).toString()).toBe("x");
  });

  test("F80 a prompt that nobody answers frees the caller and lets the program end", async () => {
    const session = await testSession({ prompter: "silent" });
    await withUnlocked(session, ({ keyring }) => keyring.setPassword(...entry, canary));
    await session.startKeyring("locked");
    const unanswered = { code: "keyring_hung", status: 6 };
    expect(await ask(session.env, "child", ["getPassword", ...entry], 1000)).toMatchObject(unanswered);
    expect(await ask(session.env, "direct", ["getPassword", ...entry], 1000)).toMatchObject(unanswered);
  });

  test("F81 a keyring that hangs is given up in time while the event loop goes on, and is asked afresh later", async () => {
    const session = await testSession();
    const { pid } = await session.startKeyring("unlocked");
    const keyring = systemKeyring({ env: session.env, timeoutMs: 1000 });
    await keyring.setPassword(...entry, canary);

    process.kill(pid, "SIGSTOP");
    let ticks = 0;
    const ticking = setInterval(() => ticks++, 10);
    const calls = [keyring.getPassword(...entry), keyring.findCredentials(service), keyring.deletePassword(...entry)];
    for (const { code } of await Promise.all(calls.map(rejection))) expect(code).toBe("keyring_hung");
    clearInterval(ticking);
    expect(ticks).toBeGreaterThan(10);

    process.kill(pid, "SIGCONT");
    expect(await keyring.getPassword(...entry)).toBe(canary);
  });

  test("F81 a program that asks a keyring that hangs ends", async () => {
    const session = await testSession();
    const { pid } = await session.startKeyring("unlocked");
    process.kill(pid, "SIGSTOP");
    for (const backend of ["child", "direct"] as const) {
      for (const args of [
        ["getPassword", ...entry],
        ["findCredentials", service],
      ]) {
        expect(await ask(session.env, backend, args, 1000)).toMatchObject({ code: "keyring_hung", status: 6 });
      }
    }
  });

  test("F81 the child that waits for a keyring ends with the program that has started it", async () => {
    const session = await testSession();
    const { pid } = await session.startKeyring("unlocked");
    process.kill(pid, "SIGSTOP");
    const { arrived } = await session.nextCall();
    const program = startProgram("ask-program.ts", ["child", "60000", "findCredentials", service], session.env);
    await arrived;
    const children = readFileSync(`/proc/${program.pid}/task/${program.pid}/children`, "utf8");
    const child = Number(children.trim());
    expect(isRunning(child)).toBe(true);
    program.kill("SIGKILL");
    // The test's own time is its end.
    while (isRunning(child)) await setTimeout(5);
    process.kill(pid, "SIGCONT");
  });

  test("the child is started without what NODE_OPTIONS would load into it", async () => {
    const session = await testSession();
    await session.startKeyring("unlocked");
    const env = { ...session.env, NODE_OPTIONS: "--require=/nowhere/hook.cjs" };
    expect(await systemKeyring({ env }).getPassword(...entry)).toBeNull();
  });

  test("F82 a call during which the daemon dies is answered by the one that takes its place", async () => {
    const session = await testSession({ isActivated: true });
    const first = await session.startKeyring("unlocked");
    const keyring = systemKeyring({ env: session.env, timeoutMs: 10_000 });
    await keyring.setPassword(...entry, canary);

    process.kill(first.pid, "SIGSTOP");
    const { arrived } = await session.nextCall();
    const answer = keyring.getPassword(...entry);
    await arrived;
    await first.end();
    expect(await answer).toBe(canary);
  });

  test("F82 a call during which the daemon dies fails when nothing takes its place", async () => {
    const session = await testSession();
    const daemon = await session.startKeyring("unlocked");
    const keyring = systemKeyring({ env: session.env, timeoutMs: 10_000 });
    process.kill(daemon.pid, "SIGSTOP");
    const { arrived } = await session.nextCall();
    const answer = rejection(keyring.setPassword(...entry, canary));
    await arrived;
    await daemon.end();
    expect((await answer).code).toBe("keyring_missing");
  });

  test("F83 a credential of 100 KB is kept by the Secret Service", async () => {
    const session = await testSession();
    await withUnlocked(session, async (options) => {
      await keyringStore(options).update(key, () => aLogin(100_000));
      const kept = await keyringStore(options).read(key);
      expect(kept).toMatchObject({ kind: "token-set" });
      expect(Reflect.get(kept ?? {}, "accessToken")).toHaveLength(canary.length + 100_000);
    });
  });
});

/** Whether a process runs: one that nobody has waited for does not. */
function isRunning(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

function optionsOf(session: Session) {
  return { service, keyring: systemKeyring({ env: session.env, timeoutMs: 10_000 }), mutex: memoryMutex() };
}

/** Works with an unlocked keyring that ends afterwards. */
async function withUnlocked<Result>(
  session: Session,
  work: (options: ReturnType<typeof optionsOf>) => Promise<Result>,
): Promise<Result> {
  const daemon = await session.startKeyring("unlocked");
  try {
    return await work(optionsOf(session));
  } finally {
    await daemon.end();
  }
}
