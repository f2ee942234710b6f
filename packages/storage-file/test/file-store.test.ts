import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import { apiKey, changedTokenSet, tokenSet, type CredentialKey, type TokenSet } from "@org/auth-core";
import { expect, onTestFinished, test } from "vitest";
import { fileStore } from "../src/index.ts";
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

test("B.3-10 F31 files are 0600 in folders of 0700 whatever the umask", async () => {
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

const unreadable = (whole: string): readonly string[] => [
  "",
  "CANARY-garbage",
  "\0\0\0\0",
  `\ufeff${whole}`,
  Buffer.from(whole, "utf16le").toString("latin1"),
  whole.slice(0, -20),
  "null",
  "[]",
  '{"version":0}',
  whole.replace("api-key", "CANARY-kind"),
  whole.replace('"CANARY-key"', "[".repeat(100_000) + "]".repeat(100_000)),
];

test("F13 F14 a file that cannot be read is an error that names it and quotes nothing; reading leaves it as it is", async () => {
  const { path, store } = await setUp();
  for (const text of unreadable(readFileSync(path, "utf8"))) {
    writeFileSync(path, text);
    const error: unknown = await store.read(key).catch((error: unknown) => error);
    expect(error, text.slice(0, 50)).toMatchObject({ name: "StoreError", code: "store_corrupt" });
    expect(String(error)).toContain(path);
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain("CANARY");
    expect(readFileSync(path, "utf8")).toBe(text);
  }
});

test("B.6-6 F14 a change puts such a file aside, says where, and changes nothing; the next one starts anew", async () => {
  const { folder, path } = await setUp();
  let nowMs = Date.UTC(2030, 0, 1);
  const store = fileStore({ folder, now: () => nowMs });
  const texts = unreadable(readFileSync(path, "utf8"));
  for (const text of texts) {
    nowMs += 1000;
    writeFileSync(path, text);
    const error: unknown = await store.update(key, () => credential).catch((error: unknown) => error);
    expect(error, text.slice(0, 50)).toMatchObject({ code: "store_corrupt", hint: "sign in again" });
    const aside = /put aside as (.+)$/.exec(String(error))?.[1] ?? "";
    expect(readFileSync(aside, "utf8")).toBe(text);
    await store.update(key, () => credential);
    expect(JSON.stringify(await store.list())).toBe(JSON.stringify([key]));
  }
  expect(readdirSync(join(folder, "credentials"))).toHaveLength(texts.length + 1);
});

test("F16 a file of a newer release is refused and left as it is", async () => {
  const { path, store } = await setUp();
  const newer = readFileSync(path, "utf8").replace('"version": 1', '"version": 99');
  writeFileSync(path, newer);
  await expect(store.update(key, () => credential)).rejects.toMatchObject({ code: "store_newer" });
  expect(readFileSync(path, "utf8")).toBe(newer);
});

test("F15 a huge file is refused before it is read", async () => {
  const { path, store } = await setUp();
  truncateSync(path, 2 ** 31);
  await expect(store.read(key)).rejects.toMatchObject({ code: "store_corrupt" });
});

test("a file that was put under another key's name is refused", async () => {
  const { folder, path, store } = await setUp();
  const other = { ...key, profile: "other" };
  writeFileSync(join(folder, "credentials", name.replace("default", "other")), readFileSync(path));
  await expect(store.read(other)).rejects.toMatchObject({ code: "store_corrupt" });
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

test("F17 what a newer release keeps beside a login is kept by a renewal, and goes with a new login", async () => {
  const { folder } = await setUp();
  const store = fileStore({ folder });
  const login = tokenSet({
    server: { issuer: key.issuer, tokenEndpoint: `${key.issuer}/token`, issParameterSupported: false },
    clientId: key.clientId,
    accessToken: "CANARY-access",
    obtainedAtMs: 0,
    scopes: [],
    generation: 0,
    ended: { reason: "invalid_grant", atMs: 0 },
  });
  await store.update(key, () => login);
  const path = join(folder, "credentials", name);
  writeFileSync(path, readFileSync(path, "utf8").replace('"kind"', '"future": { "proof": [1] },\n"kind"'));

  const stored = (): Record<string, unknown> =>
    (JSON.parse(readFileSync(path, "utf8")) as { credential: Record<string, unknown> }).credential;
  await store.update(key, (current) => changedTokenSet(current as TokenSet, { generation: 1, ended: undefined }));
  expect(stored()).toMatchObject({ generation: 1, future: { proof: [1] } });
  expect(stored()).not.toHaveProperty("ended");
  await store.update(key, () => login);
  expect(stored()).not.toHaveProperty("future");
});

test("F11 files and folders that others could reach are made private, with a warning", async () => {
  const { folder, path } = await setUp();
  const warnings: string[] = [];
  const store = fileStore({ folder, onWarning: (warning) => warnings.push(warning) });
  chmodSync(path, 0o644);
  chmodSync(join(folder, "credentials"), 0o777);
  expect(await store.read(key)).toEqual(credential);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(statSync(join(folder, "credentials")).mode & 0o777).toBe(0o700);
  expect(warnings).toHaveLength(2);
  await store.read(key);
  expect(warnings).toHaveLength(2);
});

test("F02 what a killed writer has left is swept away by the next one", async () => {
  const { folder, store } = await setUp();
  const credentials = join(folder, "credentials");
  const leftover = join(credentials, `.tmp-${name}`);
  writeFileSync(leftover, "half a creden");
  await store.update(key, () => apiKey({ apiKey: "CANARY-next" }));
  expect(readdirSync(credentials)).toEqual([name]);
  writeFileSync(leftover, "half a creden");
  await store.update(key, () => undefined);
  expect(readdirSync(credentials)).toEqual([]);
});
