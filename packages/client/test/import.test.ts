import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { inspect } from "node:util";
import { apiKey, type Credential } from "@org/auth-core";
import { fileStore } from "@org/auth-storage-file";
import { assertNoSecrets } from "@org/auth-testing";
import { expect, test } from "vitest";
import type { Site } from "../src/index.ts";
import {
  importCredentials,
  ladderStore,
  openStorage,
  resolve,
  type ImportOptions,
  type ImportReport,
  type OtherSystem,
} from "../src/source.ts";
import { authServer, keep, rejection, scriptedServer, signIn, tempFolder } from "./surroundings.ts";

const nowMs = Date.parse("2030-01-01T00:00:00Z");
const [nowS, hourS] = [nowMs / 1000, 3600];
const issuer = "https://id.example.com";
const site: Site = {
  issuer,
  clientId: "app",
  apiUrl: "https://api.example.com/v1",
  endpoints: { token: `${issuer}/token` },
};

const places: Readonly<Record<OtherSystem, string>> = {
  anaconda: ".anaconda/keyring",
  descarteslabs: ".descarteslabs/token_info.json",
  pancloud: ".config/pancloud/credentials.json",
  wallaroo: ".cache/wallaroo_sdk/auth/keycloak.json",
};

/** A home with a system's file in it, and what imports it. */
function homeWith(from: OtherSystem, content: unknown, common: Partial<ImportOptions> = {}) {
  const home = tempFolder();
  const path = join(home, places[from]);
  const text = typeof content === "string" ? content : JSON.stringify(content);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text, { mode: 0o600 });
  const env = { HOME: home };
  const storage = openStorage({ kind: "file", env });
  const store = ladderStore(storage);
  const base = { from, site, storage, env, platform: "linux", now: () => nowMs, ...common } as const;

  /** The report has no secret in it, and the file is as it was. */
  async function imported(more: Partial<ImportOptions> = {}): Promise<ImportReport> {
    const { mtimeMs, mode } = statSync(path);
    const report = await importCredentials({ ...base, ...more });
    expect(inspect(report, { depth: 10, showHidden: true }) + JSON.stringify(report)).not.toMatch(/canary/i);
    expect(readFileSync(path, "utf8")).toBe(text);
    expect(statSync(path)).toMatchObject({ mtimeMs, mode });
    return report;
  }
  const kept = (profile = "default"): Promise<Credential | undefined> =>
    store.read({ issuer: base.site.issuer, clientId: base.site.clientId, profile });
  const refused = () => rejection(importCredentials(base));
  return { home, path, env, storage, store, imported, kept, refused };
}

/** A token of somebody who has not signed it. */
function jwt(claims: object): string {
  const part = (json: object): string => Buffer.from(JSON.stringify(json)).toString("base64url");
  return `${part({ alg: "none" })}.${part({ canary: true, ...claims })}.`;
}

function keyringEntry(record: object): string {
  return Buffer.from(JSON.stringify(record)).toString("base64");
}

test("B.1-20 B.1-21 B.1-25 an Anaconda API key becomes the login of the site of its domain, until its own end", async () => {
  const key = jwt({ sub: "u-1", exp: nowS + hourS });
  const file = {
    "Anaconda Cloud": {
      "other.example.com": keyringEntry({ api_key: "canary-other" }),
      "id.example.com": keyringEntry({ api_key: key, username: "ana", repo_tokens: [{ token: "canary-repo" }] }),
    },
    "Another Service": { "id.example.com": "canary" },
  };
  const { path, imported, kept } = homeWith("anaconda", file);
  const login = {
    profile: "default",
    outcome: "imported",
    kind: "api-key",
    account: { subject: "u-1", username: "ana" },
    expiresAtMs: nowMs + hourS * 1000,
    isRenewable: false,
  };
  expect(await imported()).toEqual({ from: "anaconda", path, logins: [login] });
  expect(await kept()).toMatchObject({
    kind: "api-key",
    apiKey: key,
    expiresAtMs: nowMs + hourS * 1000,
    api: { origins: ["https://api.example.com"] },
  });
});

test("B.1-20 an API key goes to no other server than that of its domain", async () => {
  const value = keyringEntry({ api_key: "canary-other" });
  const { refused, kept } = homeWith("anaconda", { "Anaconda Cloud": { "id.example.com.evil.test": value } });
  expect(await refused()).toMatchObject({
    code: "no_credential",
    message: expect.stringContaining("it has one for id.example.com.evil.test") as string,
  });
  expect(await kept()).toBeUndefined();
});

test("B.5-8 a Wallaroo login renews itself at the server, once, after its token has ended", async () => {
  const server = await authServer();
  const set = await signIn(server);
  const file = {
    access_token: set.accessToken,
    expiry: Date.now() / 1000 - 5,
    refresh_token: set.refreshToken,
    refresh_token_expiry: Date.now() / 1000 + hourS,
    user_id: server.person.subject,
    user_email: server.person.email,
  };
  const place = { issuer: server.issuer, clientId: server.nativeClientId };
  const { env, imported, store } = homeWith("wallaroo", file, { site: place, now: Date.now });
  const before = server.tokenRequests();
  const report = await imported();
  expect(report.logins).toMatchObject([
    { outcome: "imported", kind: "token-set", account: { subject: server.person.subject }, isRenewable: true },
  ]);
  expect(server.tokenRequests()).toBe(before);

  const { source } = await resolve({ ...place, env, folder: false, store });
  const { value } = await source.getToken();
  expect(value).not.toBe(set.accessToken);
  expect(await server.introspect(value)).toMatchObject({ active: true });
  expect(server.tokenRequests("refresh_token")).toBe(1);
  const secrets = { "access token": set.accessToken, "refresh token": set.refreshToken ?? "" };
  assertNoSecrets({ report: inspect(report, { depth: 10, showHidden: true }) }, secrets);
});

test("B.3-4 a Descartes Labs login asks for its first token when it is needed, in the system's own way", async () => {
  const server = await scriptedServer((_request, response) =>
    response
      .setHeader("content-type", "application/json")
      .end(JSON.stringify({ access_token: "canary-new", token_type: "Bearer", expires_in: 3600 })),
  );
  const own = {
    issuer: server.origin,
    clientId: "mine",
    endpoints: { token: `${server.origin}/token` },
    jsonTokenRequests: true,
  };
  const file = { client_id: "mine", client_secret: "canary-older", refresh_token: "canary-refresh", scope: ["a", "b"] };
  const { env, imported, kept, store } = homeWith("descarteslabs", file, { site: own, now: Date.now });
  expect((await imported()).logins).toMatchObject([{ outcome: "imported", isRenewable: true }]);
  expect(server.requests).toEqual([]);
  expect(await kept()).toMatchObject({ kind: "token-set", scopes: ["a", "b"], refreshToken: "canary-refresh" });

  const product = { name: "org-auth", envPrefix: "ORG_AUTH_", sites: { only: own } };
  const { source } = await resolve({ product, env, folder: false, store });
  expect((await source.getToken()).value).toBe("canary-new");
  expect(server.requests.map(({ target, body }) => [target, JSON.parse(body) as unknown])).toEqual([
    ["/token", { client_id: "mine", grant_type: "refresh_token", refresh_token: "canary-refresh" }],
  ]);
});

test("B.3-4 the older names in a Descartes Labs file are read: JWT_TOKEN before jwt_token, the secret as refresh token", async () => {
  const token = jwt({ sub: "u-1", exp: nowS + 60 });
  const file = { client_id: "app", client_secret: "canary-secret", JWT_TOKEN: token, jwt_token: "canary-newer" };
  const { imported, kept } = homeWith("descarteslabs", file);
  await imported();
  expect(await kept()).toMatchObject({
    accessToken: token,
    refreshToken: "canary-secret",
    expiresAtMs: nowMs + 60_000,
    account: { subject: "u-1" },
  });
});

const [alive, dead] = [jwt({ exp: nowS + 60 }), jwt({ exp: nowS - 60 })];
const profiles = {
  1: { profile: "default", client_id: "app", client_secret: null, refresh_token: "canary-r1", access_token: dead },
  2: {
    profile: "secret",
    client_id: "app",
    client_secret: "canary-s",
    refresh_token: "canary-r2",
    access_token: alive,
  },
  3: { profile: "token", client_id: null, client_secret: null, refresh_token: null, access_token: alive },
  4: { profile: "ended", client_id: "app", client_secret: "", refresh_token: "", access_token: dead },
  5: { profile: "foreign", client_id: "another", refresh_token: "canary-r5" },
  6: { profile: "odd", access_token: "canary with spaces" },
  7: { profile: "", access_token: alive },
};

test("B.4-3 pancloud's profiles become a login each, and what cannot be one says why and what to do", async () => {
  const { imported, store } = homeWith("pancloud", { profiles });
  const { logins } = await imported({ product: { name: "pan", envPrefix: "PAN_" } });
  const told = logins.map((login) => [login.profile, login.outcome === "refused" ? login.error.code : login.outcome]);
  expect(told).toEqual([
    ["default", "imported"],
    ["secret", "config_missing"],
    ["token", "imported"],
    ["ended", "login_required"],
    ["foreign", "config_invalid"],
    ["odd", "config_invalid"],
    ["", "config_invalid"],
  ]);
  expect((await store.list()).map(({ profile }) => profile).sort()).toEqual(["default", "token"]);
  const errors = logins.flatMap((login) => (login.outcome === "refused" ? [login.error] : []));
  expect(errors.map(({ message }) => message)).toMatchObject([
    expect.stringContaining("only a client secret renews"),
    expect.stringContaining("has ended at 2029-12-31T23:59:00.000Z"),
    expect.stringContaining("of the client another, not of app"),
    expect.stringContaining("access_token is not as expected"),
    expect.stringContaining("a name that no login can have"),
  ]);
  expect(errors.map(({ hint }) => hint).slice(0, 2)).toEqual([
    "set PAN_CLIENT_ID, PAN_CLIENT_SECRET, PAN_REFRESH_TOKEN to what that file has, or sign in",
    "run `pan login`",
  ]);
});

test("B.4-3 one profile of several is imported alone, and one that is not there is an error", async () => {
  const { imported, store } = homeWith("pancloud", { profiles });
  expect((await imported({ profile: "token" })).logins).toMatchObject([{ profile: "token", outcome: "imported" }]);
  expect(await store.list()).toHaveLength(1);
  await expect(imported({ profile: "none" })).rejects.toMatchObject({
    code: "no_credential",
    message: expect.stringContaining('no login of the profile "none"') as string,
  });
  expect(await homeWith("pancloud", {}).refused()).toMatchObject({ code: "no_credential" });
});

const wallaroo = { access_token: "canary-a", expiry: nowS + 60, refresh_token: "canary-r" };

test("a second run imports nothing, and nothing that is there is overwritten", async () => {
  const { imported, kept, storage, store } = homeWith("wallaroo", wallaroo);
  expect((await imported({ profile: "work" })).logins).toMatchObject([{ profile: "work", outcome: "imported" }]);
  expect((await imported({ profile: "work" })).logins).toEqual([{ profile: "work", outcome: "present" }]);

  const key = { issuer, clientId: "app", profile: "default" };
  await storage.home.store.update(key, () => apiKey({ apiKey: "canary-mine" }));
  expect((await imported({ isDryRun: true })).logins).toEqual([{ profile: "default", outcome: "present" }]);
  expect((await imported()).logins).toEqual([{ profile: "default", outcome: "present" }]);
  expect(await store.read(key)).toMatchObject({ apiKey: "canary-mine" });

  expect((await imported({ isForced: true })).logins).toMatchObject([{ outcome: "imported" }]);
  expect(await kept()).toMatchObject({ accessToken: "canary-a" });
});

test("what is kept on another rung of the storage counts as there", async () => {
  const { env, imported, home } = homeWith("wallaroo", wallaroo);
  await imported();
  const whole = openStorage({ kind: "passphrase", isWhole: true, env: { ...env, ORG_AUTH_STORE_PASSPHRASE: "words" } });
  expect((await imported({ storage: whole })).logins).toEqual([{ profile: "default", outcome: "present" }]);
  expect(await fileStore({ folder: join(home, ".local/share/org-auth") }).list()).toHaveLength(1);
});

test("a forced import replaces no login of another account", async () => {
  const { imported, kept, storage } = homeWith("wallaroo", { ...wallaroo, user_id: "u-1" });
  const key = { issuer, clientId: "app", profile: "default" };
  const mine = apiKey({ apiKey: "canary-mine", account: { subject: "u-2" } });
  await storage.home.store.update(key, () => mine);
  await expect(imported({ isForced: true })).rejects.toMatchObject({ code: "wrong_account" });
  expect(await kept()).toMatchObject({ apiKey: "canary-mine" });
});

test("a dry run keeps nothing and asks no server", async () => {
  const server = await authServer();
  const place = { issuer: server.issuer, clientId: server.nativeClientId };
  const { imported, store } = homeWith("wallaroo", wallaroo, { site: place });
  expect((await imported({ isDryRun: true })).logins).toMatchObject([{ outcome: "imported", isRenewable: true }]);
  expect(await store.list()).toEqual([]);
  expect(server.requests).toEqual([]);
});

test("B.5-5 a refresh token that has ended is left out, and a login that is nothing without it is not imported", async () => {
  const ended = { ...wallaroo, refresh_token_expiry: nowS };
  const living = homeWith("wallaroo", ended);
  expect((await living.imported()).logins).toMatchObject([{ outcome: "imported", isRenewable: false }]);
  expect(await living.kept()).not.toHaveProperty("refreshToken");
  const dead = homeWith("wallaroo", { ...ended, expiry: nowS });
  expect((await dead.imported()).logins).toMatchObject([{ outcome: "refused", error: { code: "login_required" } }]);
  expect(await dead.store.list()).toEqual([]);
});

test.for([
  [
    "server",
    { iss: "https://another.example.com" },
    "is of https://another.example.com, not of https://id.example.com",
  ],
  ["client", { iss: issuer, azp: "another" }, "is of the client another, not of app"],
] as const)("a login of another %s is not imported: its refresh token would be shown to this one", async (row) => {
  const [, claims, message] = row;
  const { imported, store } = homeWith("wallaroo", { ...wallaroo, access_token: jwt(claims) });
  expect((await imported()).logins).toMatchObject([
    { outcome: "refused", error: { code: "config_invalid", message: expect.stringContaining(message) as string } },
  ]);
  expect(await store.list()).toEqual([]);
});

const shapes: readonly (readonly [what: string, from: OtherSystem, content: unknown, said: string])[] = [
  ["no JSON", "wallaroo", "{ canary", "it is not JSON"],
  ["too large", "wallaroo", `{"canary":"${"x".repeat(1024 * 1024)}"}`, "larger than 1 MiB"],
  ["no object", "anaconda", "7", "what it holds is not as expected"],
  ["a keyring of something else", "anaconda", { "Anaconda Cloud": { "id.example.com": 7 } }, "is not as expected"],
  ["profiles of something else", "pancloud", { profiles: "canary" }, "profiles is not as expected"],
];

test.for(shapes)("a file that is %s is an error that quotes nothing of it", async ([, from, content, said]) => {
  const error = await homeWith(from, content).refused();
  expect(error).toMatchObject({ code: "config_invalid", message: expect.stringContaining(said) as string });
});

const values: readonly (readonly [from: OtherSystem, content: unknown, field: string])[] = [
  ["anaconda", { "Anaconda Cloud": { "id.example.com": "canary!" } }, "Anaconda Cloud"],
  ["anaconda", { "Anaconda Cloud": { "id.example.com": keyringEntry({ username: "canary" }) } }, "api_key"],
  ["descarteslabs", { refresh_token: "canary" }, "client_id"],
  ["wallaroo", { access_token: "canary\r\nx: y" }, "access_token"],
  ["wallaroo", { access_token: "canary", expiry: 1e300 }, "expiry"],
];

test.for(values)("a value of %s that cannot be right is refused by its field", async ([from, content, field]) => {
  const { imported, store } = homeWith(from, content);
  const message = expect.stringContaining(`: ${field} is not as expected`) as string;
  expect((await imported()).logins).toMatchObject([{ outcome: "refused", error: { code: "config_invalid", message } }]);
  expect(await store.list()).toEqual([]);
});

test("a file that is missing, is none, or that others can change is not read", async () => {
  const { env, path, storage, refused } = homeWith("wallaroo", wallaroo);
  const from = (path: string) => rejection(importCredentials({ from: "wallaroo", path, site, storage, env }));
  expect(await from(join(path, "none"))).toMatchObject({ code: "no_credential" });
  expect(await from(dirname(path))).toMatchObject({ code: "config_invalid" });
  const pipe = join(dirname(path), "pipe");
  execFileSync("mkfifo", [pipe]);
  expect(await from(pipe)).toMatchObject({ code: "config_invalid" });
  chmodSync(path, 0o620);
  expect(await refused()).toMatchObject({ code: "config_invalid", hint: "take that from them: chmod go-w" });
});

test("a file of another user is not read, whatever leads to it", async () => {
  const { env, path, storage } = homeWith("wallaroo", wallaroo);
  if (process.getuid?.() === 0) chownSync(path, 65_534, 65_534);
  const link = join(tempFolder(), "link");
  symlinkSync(process.getuid?.() === 0 ? path : "/etc/passwd", link);
  const error = await rejection(importCredentials({ from: "wallaroo", path: link, site, storage, env }));
  expect(error).toMatchObject({ code: "config_invalid" });
  expect(error.message).toContain("belongs to another user");
});

test("each system's file is looked for where it keeps it on this platform", async () => {
  const home = tempFolder();
  const storage = openStorage({ kind: "memory" });
  const place = async (from: OtherSystem, platform: NodeJS.Platform, env: object) =>
    (await rejection(importCredentials({ from, site, storage, platform, env: { HOME: home, ...env } }))).message;
  for (const [from, path] of Object.entries(places)) {
    expect(await place(from as OtherSystem, "linux", {})).toContain(`no ${join(home, path)} to`);
  }
  const file = "wallaroo_sdk/auth/keycloak.json";
  expect(await place("wallaroo", "linux", { XDG_CACHE_HOME: "/nowhere/cache" })).toContain(`/nowhere/cache/${file}`);
  expect(await place("wallaroo", "darwin", {})).toContain(join(home, "Library/Caches", file));
  expect(await place("wallaroo", "win32", { LOCALAPPDATA: "/nowhere/local" })).toContain(`/nowhere/local/${file}`);
  expect(await place("wallaroo", "linux", { HOME: "" })).toContain("home folder is not known");
});

test("a login that is kept while another is imported is not overwritten", async () => {
  const server = await authServer();
  const place = { issuer: server.issuer, clientId: server.nativeClientId };
  const { store, imported, kept } = homeWith("wallaroo", wallaroo, { site: place });
  const mine = await signIn(server);
  // The server is asked after the file was read, and before anything is kept.
  const fetch: typeof globalThis.fetch = async (...request) => {
    await keep(store, mine);
    return await globalThis.fetch(...request);
  };
  expect((await imported({ http: { fetch } })).logins).toEqual([{ profile: "default", outcome: "present" }]);
  expect(await kept()).toMatchObject({ accessToken: mine.accessToken });
});
