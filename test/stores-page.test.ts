import { execFile } from "node:child_process";
import { inspect } from "node:util";
import { defaultSource } from "@org/auth-client";
import { memoryMutex, StoreError, tokenSet, type CredentialKey } from "@org/auth-core";
import { aesSeal } from "@org/auth-core/storage";
import { storeContract, unchangedContract } from "@org/auth-core/store-contract";
import { expect, test } from "vitest";
import { keyValueStore, type KeyValueClient } from "../examples/custom-store.ts";
import { tempHome } from "./e2e/org-auth.ts";

// That docs/stores.md shows the examples as they are is checked with the README's, in readme.test.ts.

const key: CredentialKey = { issuer: "https://id.example.com", clientId: "test", profile: "default" };

function login() {
  const server = { issuer: key.issuer, tokenEndpoint: "https://127.0.0.1:1/token", issParameterSupported: false };
  const life = { obtainedAtMs: Date.now(), expiresAtMs: Date.now() + 3_600_000 };
  return tokenSet({ server, clientId: "test", accessToken: "CANARY-access", scopes: [], generation: 0, ...life });
}

function setUp(changed: Partial<KeyValueClient> = {}) {
  const values = new Map<string, string>();
  const client: KeyValueClient = {
    get: async (name) => values.get(name) ?? null,
    set: async (name, value) => values.set(name, value),
    delete: async (name) => values.delete(name),
    names: async () => [...values.keys()],
    ...changed,
  };
  const seal = aesSeal(async () => new Uint8Array(32).fill(7));
  return { values, store: keyValueStore(client, { mutex: memoryMutex(), seal }) };
}

test("the example of a store keeps every promise, as Node's own test runner finds", async () => {
  const { status, stdout } = await runNodeTest("examples/custom-store-contract.ts");
  expect(status, stdout).toBe(0);
  const kept = [...stdout.matchAll(/^ok \d+ - (.*)$/gm)].map(([, name]) => name);
  expect(kept).toEqual([...storeContract, ...unchangedContract].map(({ name }) => name));
});

test("the example of a store shows its service no secret, and lets nothing that was changed there through", async () => {
  const { store, values } = setUp();
  await store.update(key, login);
  const [[name, value] = ["", ""]] = values;
  expect(Buffer.from(value, "base64").toString("latin1")).not.toMatch(/CANARY|access/i);
  values.set(name, Buffer.from("\u0001CANARY-planted").toString("base64"));
  await expect(store.read(key)).rejects.toMatchObject({ code: "store_tampered" });
});

test("4.7-88 the example of a store passes on nothing of what its client says, such as its address with the password", async () => {
  const failing = (): Promise<never> => Promise.reject(new Error("connect to redis://:CANARY@cache.example.com:6379"));
  const { store } = setUp({ get: failing, names: failing });
  for (const asked of [store.read(key), store.update(key, login), store.list()]) {
    const error: unknown = await asked.catch((error: unknown) => error);
    expect(error).toBeInstanceOf(StoreError);
    expect(inspect(error, { showHidden: true, depth: 9 })).not.toContain("CANARY");
  }
});

test("B.4-4 a client takes such a store, and looks for logins there", async () => {
  const { store } = setUp();
  await store.update(key, login);
  const source = defaultSource({ store, issuer: key.issuer, clientId: key.clientId, env: { HOME: tempHome() } });
  expect((await source.getToken()).value).toBe("CANARY-access");
});

/** Runs a file with `node --test`, for 25 seconds at most. */
function runNodeTest(path: string): Promise<{ readonly status: number | string; readonly stdout: string }> {
  const args = ["--conditions=@org/source", "--test", "--test-reporter=tap", path];
  const options = { cwd: `${import.meta.dirname}/..`, env: { PATH: process.env["PATH"] }, timeout: 25_000 };
  return new Promise((resolve) => {
    execFile(process.execPath, args, options, (error, stdout) => {
      resolve({ status: error === null ? 0 : (error.code ?? "killed"), stdout });
    });
  });
}
