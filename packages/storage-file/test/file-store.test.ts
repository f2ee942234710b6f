import { execFileSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import { apiKey, changedTokenSet, tokenSet, type CredentialKey, type TokenSet } from "@org/auth-core";
import { aesSeal } from "@org/auth-core/storage";
import { expect, onTestFinished, test, vi } from "vitest";
import { fileStore, forgetCredential, passphraseSeal } from "../src/index.ts";
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
  for (const bytes of [2 ** 31, 1024 * 1024 + 1]) {
    truncateSync(path, bytes);
    await expect(store.read(key)).rejects.toThrow("it is too large");
  }
});

test("F15 how deep it is nested is seen before it is parsed, in what was sealed too", async () => {
  const { folder, path, store } = await setUp();
  // It would not be JSON either, had it been parsed.
  const deep = '{"text": "\\"[[", "list": ' + "[".repeat(17);
  writeFileSync(path, deep);
  await expect(store.read(key)).rejects.toThrow("it is nested too deeply");
  writeFileSync(path, '{"text": "\\"' + "[".repeat(100) + '"}');
  await expect(store.read(key)).rejects.toThrow("it is no credential file");

  const seal = aesSeal(() => Promise.resolve(new Uint8Array(32)));
  const sealed = fileStore({ folder, seal });
  const stem = name.slice(0, -".json".length);
  const content = Buffer.from(await seal.seal(Buffer.from(deep), stem)).toString("base64");
  writeFileSync(path, JSON.stringify({ version: 1, key: stem, sealed: content }));
  await expect(sealed.read(key)).rejects.toThrow("it is nested too deeply");
});

test("F24 T6 a pipe, a link or a folder in a credential's place is told at once, and put aside by a change", async () => {
  const { folder, path } = await setUp();
  const elsewhere = join(folder, "elsewhere.json");
  renameSync(path, elsewhere);
  let nowMs = Date.UTC(2030, 0, 1);
  for (const [what, plant] of [
    ["it is a symbolic link", () => symlinkSync(elsewhere, path)],
    ["it is not a file", () => execFileSync("mkfifo", ["-m", "600", path])],
    ["it is not a file", () => mkdirSync(path, { mode: 0o700 })],
  ] as const) {
    plant();
    nowMs += 1000;
    const store = fileStore({ folder, now: () => nowMs });
    await expect(store.read(key)).rejects.toThrow(what);
    await expect(store.update(key, () => credential)).rejects.toMatchObject({
      code: "store_corrupt",
      message: expect.stringContaining("put aside") as string,
    });
    expect(await store.read(key)).toBeUndefined();
  }
  expect(readFileSync(elsewhere, "utf8")).toContain("CANARY-key");
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
    code: "store_corrupt",
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

test("F17 what a newer release keeps in objects of a login and beside it is kept, also when the login is marked as ended", async () => {
  const { folder } = await setUp();
  const store = fileStore({ folder });
  const login = tokenSet({
    server: { issuer: key.issuer, tokenEndpoint: `${key.issuer}/token`, issParameterSupported: false },
    clientId: key.clientId,
    accessToken: "CANARY-access",
    obtainedAtMs: 0,
    scopes: [],
    account: { subject: "1" },
    generation: 0,
  });
  await store.update(key, () => login);
  const path = join(folder, "credentials", name);
  const text = readFileSync(path, "utf8")
    .replace('"issuer"', '"futureEndpoint": 1, "issuer"')
    .replace('"subject"', '"futureClaim": 2, "subject"')
    .replace('"version"', '"future": 3, "version"');
  for (const changes of [{ ended: { reason: "invalid_grant", atMs: 1 } }, { generation: 1 }]) {
    writeFileSync(path, text);
    await store.update(key, (current) => changedTokenSet(current as TokenSet, changes));
    expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({
      future: 3,
      credential: { ...changes, server: { futureEndpoint: 1 }, account: { subject: "1", futureClaim: 2 } },
    });
  }
  await store.update(key, () => login);
  expect(readFileSync(path, "utf8")).not.toContain("future");
});

test("F13 one file that cannot be read and whose name is cut is told of, and the others are listed", async () => {
  const { folder } = await setUp();
  writeFileSync(join(folder, "credentials", `${"x".repeat(120)}~${"0".repeat(64)}.json`), "CANARY", { mode: 0o600 });
  const warnings: string[] = [];
  const store = fileStore({ folder, onWarning: (warning) => warnings.push(warning) });
  expect(await store.list()).toEqual([key]);
  expect(warnings).toEqual([expect.stringMatching(/^cannot read .*x~0+\.json: it is not JSON; it is not listed$/)]);
});

test("F14 a file that does not open because of the key's own file is not put aside", async () => {
  const folder = tempFolder();
  const salt = join(folder, "passphrase.json");
  const store = () =>
    fileStore({ folder, seal: passphraseSeal({ passphrase: () => Promise.resolve("words"), path: salt }) });
  await store().update(key, () => credential);
  const text = readFileSync(salt, "utf8");
  for (const [broken, code] of [
    ["{}", "store_unavailable"],
    [text.replace('"version":1', '"version":99'), "store_newer"],
  ] as const) {
    writeFileSync(salt, broken);
    await expect(store().update(key, () => credential)).rejects.toMatchObject({ code });
    expect(readdirSync(join(folder, "credentials"))).toEqual([name]);
  }
  writeFileSync(salt, text);
  expect(await store().read(key)).toEqual(credential);
});

test("F11 the data folder that others could reach is made private too, before anything in it is read or listed", async () => {
  const { folder } = await setUp();
  for (const use of ["read", "list"] as const) {
    chmodSync(folder, 0o777);
    const warnings: string[] = [];
    await fileStore({ folder, onWarning: (warning) => warnings.push(warning) })[use](key);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(warnings).toEqual([`other users could reach ${folder}; only you can now`]);
  }
});

test.skipIf(process.getuid?.() !== 0)(
  "F11 root is not told to take what is another person's, and whoever is told a command can paste it",
  async () => {
    const folder = join(tempFolder(), "it's");
    const store = fileStore({ folder });
    await store.update(key, () => credential);
    chownSync(folder, 1234, 1234);
    await expect(store.read(key)).rejects.toMatchObject({ code: "store_unavailable", hint: "run this as that user" });

    const somebody = vi.spyOn(process, "getuid").mockReturnValue(4321);
    onTestFinished(() => {
      somebody.mockRestore();
    });
    const quoted = `'${folder.replace("it's", String.raw`it'\''s`)}'`;
    await expect(store.read(key)).rejects.toMatchObject({ hint: `make it yours: sudo chown -R 4321 ${quoted}` });
  },
);

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

test("F02 what a killed first write has left goes when its login is removed without being opened", async () => {
  const { folder } = await setUp();
  const other = { ...key, profile: "other" };
  const leftover = join(folder, "credentials", `.tmp-${name.replace("default", "other")}`);
  writeFileSync(leftover, "half a creden");
  await forgetCredential({ folder }, other);
  expect(readdirSync(join(folder, "credentials"))).toEqual([name]);
  await forgetCredential({ folder, section: "none" }, other);
  expect(existsSync(join(folder, "none"))).toBe(false);
});
