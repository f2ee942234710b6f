import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { formatKey, memoryMutex, type CredentialKey } from "@org/auth-core";
import { describe, expect, test } from "vitest";
import { keyringStore, systemKeyring } from "../src/index.ts";
import { aLogin, canary, key } from "./a-login.ts";
import { memoryKeyring, type MemoryKeyring } from "./memory-keyring.ts";
import { rejection } from "./rejection.ts";
import { hasSecretService, testSession } from "./secret-service.ts";

const service = "org-auth-test";
const other: CredentialKey = { ...key, profile: "other" };

test("F83 what is too large is refused before anything is written", async () => {
  for (const limit of [{ maxBytes: 2000 }, { platform: "win32" as const }]) {
    const keyring = memoryKeyring();
    const store = keyringStore({ service, keyring, mutex: memoryMutex(), ...limit });
    const error = await rejection(store.update(key, () => aLogin(2000)));
    expect(error.code).toBe("store_too_large");
    expect(keyring.calls.filter((call) => call.startsWith("set ")).map((call) => call.split(" ")[1])).toEqual([
      "readable",
    ]);
  }
});

test("F83 a list that has grown too large refuses the next credential before it is written", async () => {
  const keyring = memoryKeyring();
  const store = keyringStore({ service, keyring, mutex: memoryMutex(), maxBytes: 500 });
  const keys = Array.from({ length: 20 }, (_, index) => ({ ...key, profile: `profile-${index}` }));
  let refused: CredentialKey | undefined;
  for (const one of keys) {
    const isKept = await store.update(one, () => aLogin()).then(() => true, tooLarge);
    if (!isKept) refused ??= one;
  }
  expect(refused).toBeDefined();
  expect([...keyring.entries.values()].filter((text) => text.includes(canary))).toHaveLength(
    (await store.list()).length,
  );
});

describe.skipIf(!hasSecretService())("on a real Secret Service", () => {
  test("F84 an entry that someone else wrote is told, and left as it is", async () => {
    const session = await testSession();
    await session.startKeyring("unlocked");
    const keyring = systemKeyring({ env: session.env, timeoutMs: 10_000 });
    const store = keyringStore({ service, keyring, mutex: memoryMutex() });
    await store.update(key, () => aLogin());

    // In its place, beside it, and in its place again with what is no text.
    const garbage = [
      { secret: `${canary} of another program`, attributes: [] },
      { secret: `${canary} of another program`, attributes: ["more", "attributes"] },
      { secret: Buffer.from([0xff, 0xfe, ...Buffer.from(canary)]), attributes: ["more", "attributes"] },
    ];
    for (const { secret, attributes } of garbage) {
      await writeByHand(session.env, formatKey(key), secret, attributes);
      const before = await allByHand(session.env);
      expect((await rejection(store.read(key))).code).toBe("store_corrupt");
      expect((await rejection(store.update(key, () => aLogin()))).code).toBe("store_corrupt");
      expect((await rejection(store.update(key, () => undefined))).code).toBe("store_corrupt");
      expect(await allByHand(session.env)).toBe(before);
    }
    expect(await store.list()).toHaveLength(1);
  });
});

test("F84 garbage of every kind is store_corrupt, a newer format store_newer, and nothing is overwritten", async () => {
  const keyring = memoryKeyring();
  const store = keyringStore({ service, keyring, mutex: memoryMutex() });
  await store.update(other, () => aLogin());
  const foreign = keyring.entries.get(nameOf(formatKey(other))) ?? "";
  const cases = [
    ["", "store_corrupt"],
    [canary, "store_corrupt"],
    ["null", "store_corrupt"],
    [`{"version":1,"key":"${formatKey(key)}","credential":{"kind":"${canary}"}}`, "store_corrupt"],
    [foreign, "store_corrupt"],
    [`{"version":2,"secret":"${canary}"}`, "store_newer"],
  ] as const;
  for (const [text, code] of cases) {
    keyring.entries.set(nameOf(formatKey(key)), text);
    expect((await rejection(store.read(key))).code).toBe(code);
    expect((await rejection(store.update(key, () => aLogin()))).code).toBe(code);
    expect(keyring.entries.get(nameOf(formatKey(key)))).toBe(text);
  }
});

test("F84 a list that someone else wrote stops neither a read nor a renewal", async () => {
  const keyring = memoryKeyring();
  const store = keyringStore({ service, keyring, mutex: memoryMutex() });
  await store.update(key, () => aLogin());
  keyring.entries.set(nameOf("index"), canary);
  expect((await rejection(store.list())).code).toBe("store_corrupt");
  await store.update(key, () => aLogin(1));
  expect(await store.read(key)).toBeDefined();
  expect((await rejection(store.update(other, () => aLogin()))).code).toBe("store_corrupt");
  expect(keyring.entries.get(nameOf("index"))).toBe(canary);
});

test("F85 wherever a write fails, no secret is left that is not listed, and a logout leaves none", async () => {
  for (let failing = 1; failing <= 8; failing++) {
    let writes = 0;
    const keyring = memoryKeyring({
      before(method) {
        if (method !== "get" && ++writes === failing) throw new Error(`out of space for ${canary}`);
      },
    });
    const store = keyringStore({ service, keyring, mutex: memoryMutex() });
    for (const change of [() => aLogin(), () => aLogin(1), () => undefined]) {
      await store.update(key, change).catch(() => undefined);
      expect(secretsOf(keyring)).toBe((await store.list()).length);
    }
    // Whatever has failed before, what is tried once more succeeds.
    await store.update(key, () => undefined);
    expect(secretsOf(keyring)).toBe(0);
    expect(await store.list()).toEqual([]);
  }
});

test("F85 a credential that the list has lost is listed again when it is updated", async () => {
  const keyring = memoryKeyring();
  const store = keyringStore({ service, keyring, mutex: memoryMutex() });
  await store.update(key, () => aLogin());
  keyring.entries.delete(nameOf("index"));
  expect(await store.list()).toEqual([]);
  await store.update(key, () => aLogin(1));
  expect((await store.list()).map(formatKey)).toEqual([formatKey(key)]);
});

test("credentials that are kept at the same time are all listed", async () => {
  const store = keyringStore({ service, keyring: memoryKeyring(), mutex: memoryMutex() });
  const keys = Array.from({ length: 5 }, (_, number) => ({ ...key, profile: `profile-${number}` }));
  await Promise.all(keys.map((one) => store.update(one, () => aLogin())));
  expect((await store.list()).map(formatKey).sort()).toEqual(keys.map(formatKey).sort());
});

test("a keyring that says null because it is locked is not taken for an empty one", async () => {
  let isLocked = false;
  const keyring = memoryKeyring({ isLocked: () => isLocked });
  const store = keyringStore({ service, keyring, mutex: memoryMutex() });
  await store.update(key, () => aLogin());
  isLocked = true;
  for (const work of [
    () => store.read(key),
    () => store.list(),
    () => store.update(key, () => aLogin()),
    () => store.update(key, () => undefined),
  ]) {
    expect((await rejection(work())).code).toBe("keyring_locked");
  }
  isLocked = false;
  expect(await store.read(key)).toBeDefined();
});

test("a logout that the keyring did not carry out is an error", async () => {
  const keyring = memoryKeyring();
  const store = keyringStore({
    service,
    keyring: { ...keyring, deletePassword: () => Promise.resolve(false) },
    mutex: memoryMutex(),
  });
  await store.update(key, () => aLogin());
  expect((await rejection(store.update(key, () => undefined))).code).toBe("store_unavailable");
  expect(await store.list()).toHaveLength(1);
});

function secretsOf(keyring: MemoryKeyring): number {
  return [...keyring.entries.values()].filter((text) => text.includes(canary)).length;
}

function nameOf(account: string): string {
  return JSON.stringify([service, account]);
}

async function tooLarge(error: unknown): Promise<boolean> {
  expect((await rejection(Promise.reject(error as Error))).code).toBe("store_too_large");
  return false;
}

/** Writes an entry with the tool people have for it. */
async function writeByHand(
  env: NodeJS.ProcessEnv,
  account: string,
  secret: string | Uint8Array,
  more: readonly string[],
): Promise<void> {
  const args = ["store", "--label=another", "service", service, "username", account, ...more];
  const written = promisify(execFile)("secret-tool", args, { env });
  written.child.stdin?.end(secret);
  await written;
}

/** Everything of the service, as that tool shows it. */
async function allByHand(env: NodeJS.ProcessEnv): Promise<string> {
  const { stdout } = await promisify(execFile)("secret-tool", ["search", "--all", "service", service], { env });
  return stdout;
}
