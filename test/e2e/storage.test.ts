import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { formatKey } from "@org/auth-core";
import { expect, test } from "vitest";
import { canMount, mountNamespace } from "../faults/mount-namespace.ts";
import { run, setUp, start } from "./org-auth.ts";
import { hasTerminals, orgAuthLine, startAtTerminal } from "./terminal.ts";

/** A person who is signed in with the file store, and may use others. */
async function signedIn() {
  const all = await setUp();
  await all.signIn();
  const env = { ...all.env, ORG_AUTH_STORE: undefined };
  const withPassphrase = { ...env, ORG_AUTH_STORE_PASSPHRASE: "CANARY-words" };
  const orgAuth = (...args: string[]) => run(args, { env: withPassphrase });
  const folder = join(env.HOME, ".local/share/org-auth");
  const files = (section: string): readonly string[] => readdirSync(join(folder, section));
  const key = { issuer: all.server.issuer, clientId: all.server.nativeClientId, profile: "default" };
  return { ...all, env, withPassphrase, orgAuth, folder, files, key };
}

test("F78 without a keyring a sign-in ends before anybody is asked for anything, and names what would do", async () => {
  const { server, env } = await setUp();
  const unset = { ...env, ORG_AUTH_STORE: undefined };
  const login = await run(["login", "--no-browser"], { env: unset });
  expect(login).toMatchObject({ status: 6, stdout: "" });
  expect(login.stderr).toContain("[keyring_missing]");
  expect(login.stderr).toContain("org-auth login --store file");
  expect(server.requests.map(({ path }) => path)).toEqual(["/.well-known/openid-configuration"]);
});

test.skipIf(!hasTerminals)(
  "F78 at a terminal without a keyring a yes takes an encrypted file, whose passphrase is asked for where none is set",
  async () => {
    for (const [passphrase, answer] of [
      [undefined, "yes"],
      ["CANARY-words", "Y"],
    ] as const) {
      const { env, person } = await setUp();
      const without = { ...env, ORG_AUTH_STORE: undefined };
      const login = startAtTerminal(orgAuthLine("login", "--no-browser"), {
        env: { ...without, ORG_AUTH_STORE_PASSPHRASE: passphrase },
      });
      await login.shows(/Keep the login in an encrypted file \(y\), in memory only \(m\), or stop \(N\)\? /);
      login.type(`${answer}\r`);
      if (passphrase === undefined) {
        await login.shows(/Passphrase for the file \(not shown\): /);
        login.type("CANARY-words\r");
        await login.shows(/Once more: /);
        login.type("CANARY-words\r");
        await login.shows(/other commands find it in ORG_AUTH_STORE_PASSPHRASE, or in the file that/);
      }
      await person.signIn(await login.shows(/^ +(http\S+\/auth\?\S+)$/m));
      const { status, screen } = await login.ended;
      expect(status).toBe(0);
      expect(screen).not.toContain("CANARY");
      const folder = join(env.HOME, ".local/share/org-auth");
      expect(readdirSync(folder).includes("credentials")).toBe(false);
      expect(readdirSync(join(folder, "passphrase"))).toHaveLength(1);
      const token = await run(["token"], { env: { ...without, ORG_AUTH_STORE_PASSPHRASE: "CANARY-words" } });
      expect(token).toMatchObject({ status: 0, stderr: "" });
    }
  },
);

test.skipIf(!hasTerminals)(
  "F78 at a terminal without a keyring anything but a yes, and two passphrases, keep nothing and ask no server",
  async () => {
    for (const [answers, code, expected] of [
      [["\r"], "keyring_missing", 6],
      [["yellow\r"], "keyring_missing", 6],
      [["y\r", "CANARY-one\r", "CANARY-other\r"], "usage", 2],
      [["y\r", "\r", "\r"], "usage", 2],
    ] as const) {
      const { env, server } = await setUp();
      const login = startAtTerminal(orgAuthLine("login", "--no-browser"), {
        env: { ...env, ORG_AUTH_STORE: undefined },
      });
      for (const [index, question] of [/stop \(N\)\? /, /not shown\): /, /Once more: /].entries()) {
        const answer = answers[index];
        if (answer === undefined) break;
        await login.shows(question);
        login.type(answer);
      }
      const { status, screen } = await login.ended;
      expect({ answers, status }).toEqual({ answers, status: expected });
      expect(screen).toContain(`[${code}]`);
      expect(screen).not.toContain("/auth?");
      expect(server.requests.map(({ path }) => path)).toEqual(["/.well-known/openid-configuration"]);
    }
  },
);

test("a login that no passphrase opens can be signed out of here, and of nowhere else", async () => {
  const { server, withPassphrase, orgAuth, files } = await signedIn();
  await orgAuth("storage", "move", "--to", "passphrase");
  const wrong = { env: { ...withPassphrase, ORG_AUTH_STORE_PASSPHRASE: "CANARY-other" } };
  expect((await run(["logout"], wrong)).status).toBe(6);
  expect(files("passphrase")).toHaveLength(1);
  const requests = server.requests.length;
  const gone = await run(["logout", "--local-only", "--json"], wrong);
  expect(gone).toMatchObject({ status: 0, stderr: "" });
  expect(JSON.parse(gone.stdout)).toEqual({ schemaVersion: 1, removed: true, revocation: "skipped" });
  expect(files("passphrase")).toEqual([]);
  const again = await run(["logout", "--local-only", "--json"], wrong);
  expect(JSON.parse(again.stdout)).toMatchObject({ removed: false });
  expect(server.requests).toHaveLength(requests);
});

test("a login is found wherever it is kept, and with --store only there", async () => {
  const { orgAuth } = await signedIn();
  const token = await orgAuth("token");
  expect(token).toMatchObject({ status: 0, stderr: "" });
  expect(await orgAuth("token", "--store", "file")).toMatchObject({ status: 0, stdout: token.stdout });
  expect(await orgAuth("token", "--store", "passphrase")).toMatchObject({ status: 4, stdout: "" });
  const status = await orgAuth("status");
  expect(status.stdout).toContain("stored  file");
});

test("a login that a passphrase seals shows nothing on the disk and opens with no other", async () => {
  const { server, person, withPassphrase, orgAuth, folder, files } = await signedIn();
  const login = start(["login", "--no-browser", "--force", "--store", "passphrase"], { env: withPassphrase });
  await person.signIn(await login.said(/^ +(http\S+\/auth\?\S+)$/m));
  expect(await login.ended).toMatchObject({ status: 0 });
  expect(files("credentials")).toEqual([]); // One login of that name, in one place.

  const token = await orgAuth("token");
  expect(await server.introspect(token.stdout.trim())).toMatchObject({ active: true });
  const [file = ""] = files("passphrase");
  expect(readFileSync(join(folder, "passphrase", file), "utf8")).not.toContain(token.stdout.trim());

  const wrong = await run(["token"], { env: { ...withPassphrase, ORG_AUTH_STORE_PASSPHRASE: "CANARY-other" } });
  expect(wrong).toMatchObject({ status: 6, stdout: "" });
  expect(wrong.stderr).toContain("[passphrase_wrong]");
  expect(wrong.stderr).not.toContain("CANARY");
});

test("logins move from one store to another and back, once what was written has been read again", async () => {
  const { orgAuth, files } = await signedIn();
  const { stdout: token } = await orgAuth("token");

  const dry = await orgAuth("storage", "move", "--to", "passphrase", "--dry-run");
  expect(dry).toMatchObject({ status: 0 });
  expect(dry.stderr).toContain("would move");
  expect(files("credentials")).toHaveLength(1);

  for (const [to, from] of [
    ["passphrase", "credentials"],
    ["file", "passphrase"],
  ] as const) {
    expect(await orgAuth("storage", "move", "--to", to)).toMatchObject({ status: 0, stdout: "" });
    expect(files(from)).toEqual([]);
    expect(await orgAuth("token")).toMatchObject({ status: 0, stdout: token, stderr: "" });
  }
  expect((await orgAuth("storage", "move", "--to", "file")).stderr).toContain("nothing to move");
  expect((await orgAuth("storage", "move", "--to", "memory")).status).toBe(2);
});

test("F86 a move that was interrupted between writing and taking away is completed by the next, whichever way it goes", async () => {
  for (const to of ["passphrase", "file"]) {
    const { orgAuth, api, server, folder, files } = await signedIn();
    // Both copies are there, and the one that is in use has been renewed since.
    cpSync(join(folder, "credentials"), join(folder, "before"), { recursive: true });
    await orgAuth("storage", "move", "--to", "passphrase");
    cpSync(join(folder, "before"), join(folder, "credentials"), { recursive: true });
    api.refuse((await orgAuth("token")).stdout.trim());
    expect((await orgAuth("curl", "/me")).status).toBe(0);
    const { stdout: renewed } = await orgAuth("token");

    expect(await orgAuth("storage", "move", "--to", to)).toMatchObject({ status: 0 });
    expect([...files("credentials"), ...files("passphrase")]).toHaveLength(1);
    expect(await orgAuth("token")).toMatchObject({ status: 0, stdout: renewed });
    expect(server.refreshTokenReuses).toBe(0);
  }
});

test("a store that cannot be written to keeps what is elsewhere where it is", async () => {
  const { orgAuth, files } = await signedIn();
  const moved = await orgAuth("storage", "move", "--to", "keyring");
  expect(moved).toMatchObject({ status: 6, stdout: "" });
  expect(moved.stderr).toContain("[keyring_missing]");
  expect(files("credentials")).toHaveLength(1);
});

test("storage status tells which stores can be used, what each keeps, and where new logins go", async () => {
  const { orgAuth } = await signedIn();
  const status = await orgAuth("storage", "status", "--json");
  expect(status).toMatchObject({ status: 0, stderr: "" });
  expect(JSON.parse(status.stdout)).toMatchObject({
    schemaVersion: 1,
    new_logins: "keyring",
    chosen_because: "default",
    stores: [
      { kind: "keyring", logins: 0, usable: false, reason: "keyring_missing" },
      { kind: "passphrase", logins: 0, usable: true },
      { kind: "file", logins: 1, usable: true },
    ],
  });
  const { stdout } = await orgAuth("storage", "status");
  expect(stdout).toContain("New logins go to keyring (default).");
  expect(stdout).toMatch(/^● keyring +0 kept +not usable: .*D-Bus.* \[keyring_missing\]\n {2}fix: .*--store.*$/m);
});

test("storage status leaves nothing of the entry that it tries the stores with, and its help speaks of it", async () => {
  const { orgAuth, folder, files } = await signedIn();
  const before = readFileSync(join(folder, "credentials", files("credentials")[0] ?? ""));
  await orgAuth("storage", "status");
  expect([files("credentials").length, files("passphrase")]).toEqual([1, []]);
  expect(readFileSync(join(folder, "credentials", files("credentials")[0] ?? ""))).toEqual(before);
  expect((await orgAuth("help", "storage")).stdout).toContain("with an entry that is removed again (status)");
});

test("4.7-86 storage status makes no salt: a mistyped passphrase is not made the right one, and a lost salt is told", async () => {
  const { env, withPassphrase, orgAuth, folder, files, server, person } = await signedIn();
  const mistyped = { ...env, ORG_AUTH_STORE_PASSPHRASE: "CANARY-wrods" };
  const status = await run(["storage", "status", "--json"], { env: mistyped });
  expect(JSON.parse(status.stdout)).toMatchObject({ stores: [{}, { kind: "passphrase", usable: true }, {}] });
  expect(readdirSync(folder)).not.toContain("passphrase.json");

  expect(await orgAuth("storage", "move", "--to", "passphrase")).toMatchObject({ status: 0 });
  const { stdout: token } = await orgAuth("token");
  const salt = readFileSync(join(folder, "passphrase.json"));
  rmSync(join(folder, "passphrase.json"));
  for (const words of [mistyped, withPassphrase]) {
    for (const command of [
      ["token"],
      ["curl", "/me"],
      ["storage", "status"],
      ["login", "--no-browser", "--store", "passphrase"],
    ]) {
      const { stdout, stderr } = await run(command, { env: words });
      expect(stdout + stderr, command[0]).toContain("is not there any more");
      expect(stdout + stderr).toContain("[store_unavailable]");
      expect(stdout + stderr).toContain(join(folder, "passphrase"));
    }
  }
  expect(readdirSync(folder)).not.toContain("passphrase.json");
  expect(files("passphrase")).toHaveLength(1);
  writeFileSync(join(folder, "passphrase.json"), salt, { mode: 0o600 });
  expect(await orgAuth("token")).toMatchObject({ status: 0, stdout: token });
  rmSync(join(folder, "passphrase.json"));

  // What it says helps: without what was sealed, a new salt may be made.
  expect(await orgAuth("logout", "--local-only")).toMatchObject({ status: 0 });
  const login = start(["login", "--no-browser", "--store", "passphrase"], { env: withPassphrase });
  await person.signIn(await login.said(/^ +(http\S+\/auth\?\S+)$/m));
  expect(await login.ended).toMatchObject({ status: 0 });
  expect(await server.introspect((await orgAuth("token")).stdout.trim())).toMatchObject({ active: true });
});

test("F02 what a killed write or a killed trial has left is no login, and goes with the next", async () => {
  const { env, orgAuth, folder, files, key } = await signedIn();
  const probe = "probe%3a+probe+file";
  const planted = JSON.stringify({ version: 1, key: probe, credential: { kind: "api-key", apiKey: "fake-probe" } });
  writeFileSync(join(folder, "credentials", `${probe}.json`), planted, { mode: 0o600 });
  const accounts = JSON.parse((await orgAuth("status", "--json")).stdout) as { accounts: unknown[] };
  expect(accounts.accounts).toHaveLength(1);
  const dry = await orgAuth("storage", "move", "--to", "passphrase", "--dry-run");
  expect(dry.stderr.match(/would move/g)).toHaveLength(1);
  expect(dry.stderr).not.toContain("probe");
  // One that was sealed with a key that is gone is in nobody's way.
  writeFileSync(join(folder, "credentials", `${probe}.json`), "CANARY", { mode: 0o600 });
  expect((await orgAuth("storage", "status")).stdout).toMatch(/^○ file +1 kept +usable$/m);
  expect(files("credentials")).toHaveLength(1);

  expect(await orgAuth("storage", "move", "--to", "passphrase")).toMatchObject({ status: 0 });
  writeFileSync(join(folder, "credentials", `.tmp-${formatKey(key)}.json`), "CANARY", { mode: 0o600 });
  expect(await run(["logout"], { env: { ...env, ORG_AUTH_STORE_PASSPHRASE: "CANARY-words" } })).toMatchObject({
    status: 0,
  });
  expect([...files("credentials"), ...files("passphrase")]).toEqual([]);
});

test("F17 what a newer release keeps in a login moves with it", async () => {
  const { orgAuth, folder, files } = await signedIn();
  const file = join(folder, "credentials", files("credentials")[0] ?? "");
  const text = readFileSync(file, "utf8").replace('"issuer"', '"futureEndpoint": 1, "issuer"');
  writeFileSync(file, text.replace('"kind"', '"future": [2], "kind"'));
  for (const to of ["passphrase", "file"]) {
    expect(await orgAuth("storage", "move", "--to", to)).toMatchObject({ status: 0 });
  }
  expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({
    credential: { future: [2], server: { futureEndpoint: 1 } },
  });
});

interface StoreStatus {
  readonly stores: readonly { readonly kind: string }[];
}

test("storage status tells of a store that cannot even be listed, and of the others all the same", async () => {
  const { orgAuth, folder } = await signedIn();
  rmSync(join(folder, "credentials"), { recursive: true });
  writeFileSync(join(folder, "credentials"), "", { mode: 0o600 });
  const status = await orgAuth("storage", "status", "--json");
  expect(status).toMatchObject({ status: 0, stderr: "" });
  const { stores } = JSON.parse(status.stdout) as StoreStatus;
  expect(stores[1]).toEqual({ kind: "passphrase", logins: 0, usable: true });
  expect(stores[2]).toEqual({
    kind: "file",
    usable: false,
    reason: "store_unavailable",
    message: expect.stringContaining(join(folder, "credentials")),
    hint: expect.stringMatching(/./),
  });
  const { stdout } = await orgAuth("storage", "status");
  expect(stdout).toMatch(/^○ file +\? kept +not usable: .*credentials.* \[store_unavailable\]$/m);
});

test.skipIf(!canMount)(
  "F09 storage status tells that a read-only store keeps nothing new, and what it has",
  async () => {
    const { withPassphrase, folder } = await signedIn();
    const { script, under } = await mountNamespace();
    await script('mount --bind "$1" "$1"; mount -o remount,ro,bind "$1"', folder);
    const status = await run(["storage", "status", "--json"], { env: withPassphrase, under });
    expect(status).toMatchObject({ status: 0, stderr: "" });
    const { stores } = JSON.parse(status.stdout) as StoreStatus;
    const problem = { usable: false, reason: "store_unavailable", message: expect.stringContaining("read-only") };
    expect(stores.slice(1)).toMatchObject([
      { kind: "passphrase", logins: 0, ...problem },
      { kind: "file", logins: 1, ...problem },
    ]);
  },
);
