import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import { apiKey, type CredentialKey } from "@org/auth-core";
import { expect, onTestFinished, test } from "vitest";
import { fileStore, readCredential } from "../src/index.ts";
import { tempFolder } from "./temp-folder.ts";

const key: CredentialKey = { issuer: "https://id.example.com", clientId: "test", profile: "default" };
const name = "https%3a%2f%2fid.example.com+test+default.json";
const credential = apiKey({ apiKey: "CANARY-key" });

async function setUp() {
  const folder = join(tempFolder(), "made", "when needed");
  const store = fileStore({ folder });
  await store.update(key, () => credential);
  return { folder, store, path: join(folder, "credentials", name) };
}

test("making a store and reading from it touch nothing", async () => {
  const folder = join(tempFolder(), "none");
  const store = fileStore({ folder });
  expect(await store.read(key)).toBeUndefined();
  expect(await store.list()).toEqual([]);
  expect(existsSync(folder)).toBe(false);
});

test("a credential is a file of its own, and nothing else is left beside it", async () => {
  const { folder, store } = await setUp();
  await store.update({ ...key, profile: "Other" }, () => credential);
  await store.update(key, () => apiKey({ apiKey: "CANARY-next" }));
  expect(readdirSync(join(folder, "credentials")).sort()).toEqual(
    [name, "https%3a%2f%2fid.example.com+test+%4fther.json"].sort(),
  );
});

test("files are 0600 in folders of 0700 whatever the umask", async () => {
  const before = process.umask(0);
  onTestFinished(() => void process.umask(before));
  for (const umask of [0o000, 0o022, 0o077]) {
    process.umask(umask);
    const { folder, path } = await setUp();
    const mode = (file: string) => statSync(file).mode & 0o777;
    expect([mode(folder), mode(join(folder, "credentials")), mode(join(folder, "locks")), mode(path)]).toEqual([
      0o700, 0o700, 0o700, 0o600,
    ]);
    for (const lock of readdirSync(join(folder, "locks"))) expect(mode(join(folder, "locks", lock))).toBe(0o600);
  }
});

test("the format names its version and its key", async () => {
  const { path } = await setUp();
  expect(JSON.parse(readFileSync(path, "utf8"))).toEqual({
    version: 1,
    key: "https%3a%2f%2fid.example.com+test+default",
    credential: { kind: "api-key", apiKey: "CANARY-key" },
  });
});

test("a file that cannot be read as a credential is an error that names it, quotes nothing and overwrites nothing", async () => {
  const { path, store } = await setUp();
  const whole = readFileSync(path, "utf8");
  const broken = [
    "",
    "CANARY-garbage",
    whole.slice(0, -20),
    "null",
    "[]",
    '{"version":0}',
    whole.replace("api-key", "CANARY-kind"),
  ];
  for (const text of broken) {
    writeFileSync(path, text);
    for (const attempt of [store.read(key), store.update(key, () => credential)]) {
      const error: unknown = await attempt.catch((error: unknown) => error);
      expect(error, text).toMatchObject({ name: "StoreError", code: "store_corrupt" });
      expect(String(error)).toContain(path);
      expect(inspect(error, { depth: 10, showHidden: true })).not.toContain("CANARY");
    }
    expect(readFileSync(path, "utf8")).toBe(text);
  }
});

test("a file of a newer release is refused and left as it is", async () => {
  const { path, store } = await setUp();
  const newer = readFileSync(path, "utf8").replace('"version": 1', '"version": 99');
  writeFileSync(path, newer);
  await expect(store.update(key, () => credential)).rejects.toMatchObject({ code: "store_newer" });
  expect(readFileSync(path, "utf8")).toBe(newer);
});

test("a huge file is refused before it is read", async () => {
  const { path, store } = await setUp();
  truncateSync(path, 2 ** 31);
  await expect(store.read(key)).rejects.toMatchObject({ code: "store_corrupt" });
});

test("a file that was put under another key's name is refused", async () => {
  const { folder, path } = await setUp();
  const other = { ...key, profile: "other" };
  writeFileSync(join(folder, "credentials", name.replace("default", "other")), readFileSync(path));
  expect(() => readCredential(folder, other)).toThrow(/holds another credential/);
});

test("foreign files in the folder are neither listed nor touched", async () => {
  const { folder, store } = await setUp();
  const foreign = ["README.txt", ".tmp-1-x", "no+key.json", "UPPER+a+b.json"];
  for (const file of foreign) writeFileSync(join(folder, "credentials", file), "{}");
  expect(await store.list()).toEqual([key]);
  for (const file of foreign) expect(existsSync(join(folder, "credentials", file))).toBe(true);
});

test("a folder that cannot be used is an error that names it", async () => {
  const folder = tempFolder();
  writeFileSync(join(folder, "credentials"), "a file where the folder belongs");
  const store = fileStore({ folder });
  await expect(store.update(key, () => credential)).rejects.toMatchObject({ code: "store_unavailable" });

  mkdirSync(join(folder, "directory", "credentials", name), { recursive: true });
  await expect(fileStore({ folder: join(folder, "directory") }).read(key)).rejects.toMatchObject({
    code: "store_unavailable",
  });
});
