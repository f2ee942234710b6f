import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { apiKey, formatKey, memoryMutex, memoryStore } from "@org/auth-core";
import { expect, test } from "vitest";
import { keepLogin, ladderStore, openStorage, probeStore, type Storage } from "../src/source.ts";
import { probeKey } from "../src/storage/probe-key.ts";
import { tryToKeep } from "../src/storage/try-to-keep.ts";
import { login, rejection, tempFolder } from "./surroundings.ts";

const probe = apiKey({ apiKey: "probe" });

test("F81 who waits for a person to open their keyring does not keep the probes of others waiting", async () => {
  const mutex = memoryMutex();
  const { promise: othersAreDone, resolve: answer } = Promise.withResolvers<void>();
  const storageWaitingFor = (wait?: Promise<void>): Storage => {
    const store = memoryStore();
    const waiting = {
      ...store,
      update: async (...args: Parameters<typeof store.update>) => (await wait, store.update(...args)),
    };
    const home = {
      kind: "keyring" as const,
      store: waiting,
      forget: () => Promise.resolve(),
      sweep: () => Promise.resolve(),
    };
    return { home, rungs: [home], reason: "asked", mutex };
  };
  const first = probeStore(storageWaitingFor(othersAreDone), probe);
  await Promise.all([probeStore(storageWaitingFor(), probe), probeStore(storageWaitingFor(), probe)]);
  answer();
  await expect(first).resolves.toBeUndefined();
});

test("F02 probes of one store do not meet, and leave nothing but one lock; what a killed one has left goes with the next", async () => {
  const home = tempFolder();
  const env = { HOME: home };
  const data = join(home, ".local/share/org-auth");
  const { store } = openStorage({ kind: "file", env }).home;
  const [stale, fresh] = [probeKey(0), probeKey()];
  for (const key of [stale, fresh]) await store.update(key, () => probe);
  expect(await store.list()).toEqual([]);

  await Promise.all(
    Array.from({ length: 8 }, async () => {
      const storage = openStorage({ kind: "file", env });
      await probeStore(storage, probe);
      await tryToKeep(ladderStore(storage), probe, "credential");
    }),
  );
  expect(readdirSync(join(data, "credentials"))).toEqual([`${formatKey(fresh)}.json`]);
  expect(readdirSync(join(data, "locks")).toSorted()).toEqual(["probe.holder", "probe.lock"]);
});

test("what a store is tried with by another process is no login that was sealed with a lost salt", async () => {
  const env = { HOME: tempFolder(), ORG_AUTH_STORE_PASSPHRASE: "test-only" };
  const folder = join(env.HOME, ".local/share/org-auth");
  const first = openStorage({ kind: "passphrase", env });
  await first.home.store.update(probeKey(), () => probe);
  rmSync(join(folder, "passphrase.json"));

  const key = { issuer: "https://id.example.com", clientId: "app", profile: "default" };
  const second = openStorage({ kind: "passphrase", env });
  await keepLogin(second, key, () => login());
  expect(await second.home.store.read(key)).toMatchObject({ kind: "token-set" });

  rmSync(join(folder, "passphrase.json"));
  const error = await rejection(probeStore(openStorage({ kind: "passphrase", env }), probe));
  expect(error).toMatchObject({ code: "store_unavailable" });
});
