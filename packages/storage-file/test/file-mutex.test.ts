import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { Mutex } from "@org/auth-core";
import { expect, onTestFinished, test } from "vitest";
import { fileMutex } from "../src/index.ts";
import { tempFolder } from "./temp-folder.ts";

/** Another process that holds the lock. */
async function holder(folder: string, name: string): Promise<ChildProcess> {
  const args = ["--conditions=@org/source", join(import.meta.dirname, "contender.ts"), folder, name];
  const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  let printed = "";
  child.stderr.on("data", (data: Buffer) => (printed += data.toString()));
  const [held] = (await Promise.race([once(child.stdout, "data"), once(child, "exit")])) as [unknown];
  expect(String(held), printed).toContain("held");
  expect(printed).toBe("");
  return child;
}

test("waits while another process holds the lock and gets it when that one is done", async () => {
  const folder = tempFolder();
  const child = await holder(folder, "a");
  const order: string[] = [];
  const work = fileMutex({ folder }).run("a", () => Promise.resolve(order.push("in")));
  await fileMutex({ folder }).run("b", () => Promise.resolve(order.push("other name")));
  child.stdin?.end();
  await work;
  expect(order).toEqual(["other name", "in"]);
});

test("F04 the lock of a process that is killed is free at once", async () => {
  const folder = tempFolder();
  const child = await holder(folder, "a");
  const work = fileMutex({ folder }).run("a", () => Promise.resolve("in"));
  child.kill("SIGKILL");
  expect(await work).toBe("in");
});

test("F22 a stopped holder keeps its lock: whoever waits gives up in time and says what it waited for", async () => {
  const folder = tempFolder();
  const child = await holder(folder, "a");
  child.kill("SIGSTOP");
  const error = await fileMutex({ folder, timeoutMs: 100 })
    .run("a", () => Promise.resolve("in"))
    .catch((error: unknown) => error);
  expect(error).toMatchObject({ name: "StoreError", code: "store_locked", retryable: true });
  expect(String(error)).toContain(join(folder, "a.lock"));
  expect(String(error)).toMatch(new RegExp(`another process \\(pid ${String(child.pid)}, since \\d{4}-\\d\\d-\\d\\dT`));
  child.kill("SIGCONT");
  child.stdin?.end();
  expect(await fileMutex({ folder }).run("a", () => Promise.resolve("in"))).toBe("in");
});

test("F22 the time in line counts: all callers of one mutex give up together, behind a stopped holder and behind one of their own", async () => {
  const folder = tempFolder();
  const child = await holder(folder, "a");
  child.kill("SIGSTOP");
  const gaveUp: string[] = [];
  const wait = (who: string, mutex: Mutex): Promise<unknown> =>
    mutex
      .run("a", () => Promise.resolve("in"))
      .catch((error: unknown) => {
        expect(error).toMatchObject({ code: "store_locked" });
        expect(String(error)).toContain("another process (pid");
        gaveUp.push(who);
      });
  const one = fileMutex({ folder, timeoutMs: 300 });
  const callers = Array.from({ length: 10 }, () => wait("one of ten", one));
  await Promise.all([...callers, wait("the patient one", fileMutex({ folder, timeoutMs: 1500 }))]);
  expect(gaveUp).toEqual([...Array<string>(10).fill("one of ten"), "the patient one"]);

  const own = fileMutex({ folder: tempFolder(), timeoutMs: 100 });
  const { promise: stuck, resolve: free } = Promise.withResolvers<string>();
  const first = own.run("a", () => stuck);
  let isBegun = false;
  const late = own.run("a", () => {
    isBegun = true;
    return Promise.resolve();
  });
  await expect(late).rejects.toMatchObject({ code: "store_locked" });
  await expect(late).rejects.toThrow(`this process (pid ${String(process.pid)}, since `);
  free("done");
  expect(await first).toBe("done");
  expect(await own.run("a", () => Promise.resolve("next"))).toBe("next");
  expect(isBegun).toBe(false);
});

test("F20 what somebody has written into a lock's file locks nobody out", async () => {
  const folder = tempFolder();
  const lock = join(folder, "a.lock");
  writeFileSync(lock, "garbage that is no database ".repeat(100), { mode: 0o600 });
  const mutex = fileMutex({ folder, timeoutMs: 0 });
  await mutex.run("a", () => Promise.resolve()).catch(() => undefined);
  expect(await mutex.run("a", () => Promise.resolve("in"))).toBe("in");
  expect(statSync(lock).size).toBe(0);
});

test("F11 F24 a lock that others could reach is made private; another user's, a pipe, a link and a folder are refused", async () => {
  const folder = tempFolder();
  const run = () => fileMutex({ folder }).run("a", () => Promise.resolve("in"));
  const lock = join(folder, "a.lock");
  await run();
  for (const name of readdirSync(folder)) chmodSync(join(folder, name), 0o666);
  await run();
  for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).mode & 0o777, name).toBe(0o600);

  if (process.getuid?.() === 0) {
    chownSync(lock, 1234, 1234);
    await expect(run()).rejects.toThrow(`${lock} is owned by another user (uid 1234)`);
  }
  for (const plant of [
    () => execFileSync("mkfifo", [lock]),
    () => symlinkSync(join(folder, "elsewhere"), lock),
    () => mkdirSync(lock),
  ]) {
    rmSync(lock, { recursive: true });
    plant();
    await expect(run()).rejects.toMatchObject({ hint: `move it away: mv '${lock}' '${lock}.old'` });
  }
  expect(existsSync(join(folder, "elsewhere"))).toBe(false);
});

test("T6 a link or a pipe in the place of the note on the holder is not written through, nor waited for", async () => {
  const folder = tempFolder();
  const victim = join(folder, "victim");
  writeFileSync(victim, "precious");
  for (const plant of [
    () => symlinkSync(victim, join(folder, "a.holder")),
    () => execFileSync("mkfifo", [join(folder, "a.holder")]),
  ]) {
    rmSync(join(folder, "a.holder"), { force: true });
    plant();
    const said = await fileMutex({ folder }).run("a", async () => {
      const second = fileMutex({ folder, timeoutMs: 0 }).run("a", () => Promise.resolve());
      return await second.catch(String);
    });
    expect(said).toMatch(/another process( \(unknown\))? holds it$/);
    expect(readFileSync(victim, "utf8")).toBe("precious");
  }
});

test("a second mutex of the same process takes nothing from the lock that the first one holds", async () => {
  const folder = tempFolder();
  const said = await fileMutex({ folder }).run("a", async () => {
    const second = fileMutex({ folder, timeoutMs: 0 }).run("a", () => Promise.resolve());
    await expect(second).rejects.toMatchObject({ code: "store_locked" });
    const args = ["--conditions=@org/source", join(import.meta.dirname, "contender.ts"), folder, "a", "0"];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
    onTestFinished(() => void child.kill("SIGKILL"));
    return await Promise.all([text(child.stdout), text(child.stderr)]);
  });
  expect(said[0]).toBe("");
  expect(said[1]).toContain(`another process (pid ${String(process.pid)}, since`);
});

test("a lock is released when the work fails, and the error is passed on", async () => {
  const mutex = fileMutex({ folder: tempFolder() });
  await expect(mutex.run("a", () => Promise.reject(new Error("failed")))).rejects.toThrow("failed");
  expect(await mutex.run("a", () => Promise.resolve("in"))).toBe("in");
});

test("loading SQLite hides its own warning and no other", async () => {
  const warnings: unknown[] = [];
  const note = (warning: unknown): void => void warnings.push(warning);
  process.on("warning", note);
  onTestFinished(() => void process.off("warning", note));
  const { emitWarning } = process;
  await fileMutex({ folder: tempFolder() }).run("a", () => Promise.resolve());
  expect(process.emitWarning).toBe(emitWarning);
  process.emitWarning("another");
  await new Promise(setImmediate);
  expect(warnings.map(String)).toEqual(["Warning: another"]);
});
