import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
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
