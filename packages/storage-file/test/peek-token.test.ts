import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { formatKey, tokenSet, type CredentialKey, type Seal, type TokenSet } from "@org/auth-core";
import { aesSeal } from "@org/auth-core/storage";
import { expect, test } from "vitest";
import { fileStore, isPrivateFolder, openSealed, peekStems, peekToken } from "../src/index.ts";
import { tempFolder } from "./temp-folder.ts";

const key: CredentialKey = { issuer: "https://id.example.com", clientId: "test", profile: "default" };
const other: CredentialKey = { ...key, profile: "other" };
const stem = formatKey(key);
const bytes = new Uint8Array(32).fill(7);

function login(fields: Partial<TokenSet> = {}): TokenSet {
  const server = { issuer: key.issuer, tokenEndpoint: "https://id.example.com/token", issParameterSupported: false };
  const facts = { server, clientId: key.clientId, scopes: [], generation: 0 };
  return tokenSet({ ...facts, accessToken: "fake-token", obtainedAtMs: 1, expiresAtMs: 2, ...fields });
}

/** A store with one login in it, and the folder and the path of its file. */
async function setUp(credential: TokenSet, seal?: Seal) {
  const folder = tempFolder();
  const store = fileStore({ folder, seal });
  await store.update(key, () => credential);
  const credentials = join(folder, "credentials");
  return { store, credentials, path: join(credentials, `${stem}.json`) };
}

const open = (sealed: Uint8Array, context: string): string => openSealed(sealed, context, bytes);
const seal = aesSeal(() => Promise.resolve(bytes));

test("a token is peeked at as the store would read it, sealed or not", async () => {
  const facts = { accessToken: "fake-token", obtainedAtMs: 1, expiresAtMs: 2 };
  const plain = await setUp(login());
  expect(peekToken(plain.credentials, stem)).toMatchObject(facts);
  const sealed = await setUp(login({ accessToken: "fäke-token" }), seal);
  expect(peekToken(sealed.credentials, stem, open)).toMatchObject({ ...facts, accessToken: "fäke-token" });
});

test("what the store would say more about is no answer", async () => {
  for (const fields of [
    { ended: { reason: "invalid_grant", atMs: 1 } },
    { accessToken: "" },
  ] satisfies readonly Partial<TokenSet>[]) {
    const { credentials } = await setUp(login(fields));
    expect(peekToken(credentials, stem), JSON.stringify(fields)).toBeUndefined();
  }
  const { credentials, path } = await setUp(login());
  expect(peekToken(credentials, formatKey(other))).toBeUndefined();
  copyFileSync(path, join(credentials, `${formatKey(other)}.json`));
  expect(peekToken(credentials, formatKey(other)), "of another key").toBeUndefined();
  expect(peekToken(credentials, stem, open), "not sealed").toBeUndefined();
  const text = readFileSync(path, "utf8");
  for (const [what, changed] of [
    ["a newer format", text.replace('"version": 1', '"version": 2')],
    ["another type of token", text.replace('"generation"', '"tokenType": "N_A",\n"generation"')],
  ] as const) {
    expect(changed).not.toBe(text);
    writeFileSync(path, changed);
    expect(peekToken(credentials, stem), what).toBeUndefined();
  }
});

test("F11 a file that others could read is no answer, nor one in a folder that they could reach", async () => {
  const { credentials, path } = await setUp(login());
  chmodSync(path, 0o640);
  expect(peekToken(credentials, stem)).toBeUndefined();
  chmodSync(path, 0o600);
  chmodSync(credentials, 0o750);
  expect(peekToken(credentials, stem)).toBeUndefined();
  chmodSync(credentials, 0o700);
  expect(peekToken(credentials, stem)).toMatchObject({ accessToken: "fake-token" });
});

test("F11 a folder is private that only its owner can reach, or that is not there", () => {
  const folder = tempFolder();
  expect([isPrivateFolder(folder), isPrivateFolder(join(folder, "none"))]).toEqual([true, true]);
  chmodSync(folder, 0o710);
  expect(isPrivateFolder(folder)).toBe(false);
  chmodSync(folder, 0o700);
  writeFileSync(join(folder, "file"), "", { mode: 0o600 });
  expect(isPrivateFolder(join(folder, "file"))).toBe(false);
});

test("F24 T6 a link or a pipe in its place is no answer, and is not waited for", async () => {
  const { credentials, path } = await setUp(login());
  renameSync(path, `${path}.real`);
  symlinkSync(`${path}.real`, path);
  expect(peekToken(credentials, stem)).toBeUndefined();
  rmSync(path);
  execFileSync("mkfifo", ["-m", "600", path]);
  expect(peekToken(credentials, stem)).toBeUndefined();
});

test("what was sealed with another key, for another login or otherwise is no answer", async () => {
  const { credentials, path } = await setUp(login(), seal);
  expect(peekToken(credentials, stem)).toBeUndefined();
  expect(peekToken(credentials, stem, (sealed) => openSealed(sealed, stem, new Uint8Array(32)))).toBeUndefined();
  writeFileSync(
    join(credentials, `${formatKey(other)}.json`),
    readFileSync(path, "utf8").replace(stem, formatKey(other)),
    { mode: 0o600 },
  );
  expect(peekToken(credentials, formatKey(other), open)).toBeUndefined();
});

test("what a seal of core has sealed is opened by the same key, for the same context, as long as it is whole", async () => {
  const text = "fäke";
  const sealed = await seal.seal(new TextEncoder().encode(text), "context");
  expect(openSealed(sealed, "context", bytes)).toBe(text);
  expect(() => openSealed(sealed, "another", bytes)).toThrow();
  expect(() => openSealed(sealed, "context", new Uint8Array(32))).toThrow();
  expect(() => openSealed(sealed.slice(0, -1), "context", bytes)).toThrow();
  expect(() => openSealed(sealed.slice(0, 20), "context", bytes)).toThrow();
  expect(() => openSealed(Uint8Array.from([2, ...sealed.slice(1)]), "context", bytes)).toThrow("another format");
});

test("the logins of a profile are found by the names of their files, in all folders that are there", async () => {
  const { store, credentials } = await setUp(login());
  await store.update(other, () => login());
  await store.update({ ...key, profile: "another-default" }, () => login());
  const folders = [credentials, join(credentials, "none")];
  expect(peekStems(folders, "+default")).toEqual(new Set([stem]));
  expect(peekStems(folders, "+work")).toEqual(new Set());
});

test("a folder that does not tell all its logins gives no answer", async () => {
  const { store, credentials, path } = await setUp(login());
  await store.update({ ...key, profile: "p".repeat(200) }, () => login());
  expect(peekStems([credentials], "+default")).toBeUndefined();
  expect(() => peekStems([path], "+default")).toThrow("ENOTDIR");
});
