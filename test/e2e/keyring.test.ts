import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { systemKeyring } from "../../packages/storage-keyring/src/index.ts";
import {
  hasSecretService,
  testSession,
  type SessionOptions,
} from "../../packages/storage-keyring/test/secret-service.ts";
import { run, setUp, start } from "./org-auth.ts";
import { hasTerminals, orgAuthLine, startAtTerminal } from "./terminal.ts";

/** A person at a session with an unlocked keyring, who has said nothing about stores. */
async function atSession(options?: SessionOptions) {
  const session = await testSession(options);
  const keyring = await session.startKeyring("unlocked");
  const all = await setUp({ accessTokenLifetimeMs: 3_600_000 });
  const env = {
    ...all.env,
    ORG_AUTH_STORE: undefined,
    DBUS_SESSION_BUS_ADDRESS: session.env["DBUS_SESSION_BUS_ADDRESS"],
  };
  const orgAuth = (...args: string[]) => run(args, { env });

  async function signIn(...args: string[]) {
    const login = start(["login", "--no-browser", ...args], { env });
    await all.person.signIn(await login.said(/^ +(http\S+\/auth\?\S+)$/m));
    return await login.ended;
  }
  const folder = join(env.HOME, ".local/share/org-auth");
  const files = (section: string): readonly string[] => readdirSync(join(folder, section));
  /** The keyring is locked from here on. Gives the daemon that keeps it. */
  async function lock() {
    await keyring.end();
    return await session.startKeyring("locked");
  }
  return { ...all, env, session, keyring, orgAuth, signIn, folder, files, lock };
}

describe.skipIf(!hasSecretService())("with a real keyring (gnome-keyring)", () => {
  test("the main job, with the login in a file that a key in the keyring seals", async () => {
    const { server, api, signIn, orgAuth, folder, files } = await atSession();
    const login = await signIn();
    expect(login).toMatchObject({ status: 0, stdout: "" });
    expect(login.stderr).toContain("sealed with a key in the keyring");
    const token = await orgAuth("token");
    expect(token).toMatchObject({ status: 0, stderr: "" });
    const [file = ""] = files("keyring");
    expect(readFileSync(join(folder, "keyring", file), "utf8")).not.toContain(token.stdout.trim());
    expect((await orgAuth("status")).stdout).toContain("stored  keyring");

    api.refuse(token.stdout.trim());
    expect(await orgAuth("curl", "/me")).toMatchObject({ status: 0, stderr: "" });
    expect(server.tokenRequests("refresh_token")).toBe(1);
    const renewed = await orgAuth("token");
    expect(renewed.stdout).not.toBe(token.stdout);
    expect((await orgAuth("token", "--json")).stdout).toContain(renewed.stdout.trim());

    expect(await orgAuth("logout")).toMatchObject({ status: 0 });
    expect(files("keyring")).toEqual([]);
    expect(await orgAuth("token")).toMatchObject({ status: 4, stdout: "" });
  });

  test("eight processes that meet an expired token share one renewal", async () => {
    const { server, signIn, orgAuth, api } = await atSession();
    await signIn();
    api.refuse((await orgAuth("token")).stdout.trim());
    server.delayTokenResponsesMs = 500;
    const ended = await Promise.all(Array.from({ length: 8 }, () => orgAuth("curl", "/me")));
    expect(ended.map(({ status, stderr }) => ({ status, stderr }))).toEqual(Array(8).fill({ status: 0, stderr: "" }));
    expect(server.tokenRequests("refresh_token")).toBe(1);
    expect(server.refreshTokenReuses).toBe(0);
  });

  test("logins move between the keyring store and the others, both ways", async () => {
    const { signIn, orgAuth, files } = await atSession();
    await signIn("--store", "file");
    const { stdout } = await orgAuth("token");
    for (const [to, here, gone] of [
      ["keyring", "keyring", "credentials"],
      ["file", "credentials", "keyring"],
    ] as const) {
      expect(await orgAuth("storage", "move", "--to", to)).toMatchObject({ status: 0 });
      expect([files(here).length, files(gone).length]).toEqual([1, 0]);
      expect(await orgAuth("token")).toMatchObject({ status: 0, stdout, stderr: "" });
    }
  });

  test("F81 a keyring that hangs is status 6 in time, and the login is kept", async () => {
    const { signIn, orgAuth, keyring, files } = await atSession();
    await signIn();
    const { stdout } = await orgAuth("token");
    process.kill(keyring.pid, "SIGSTOP");
    const hung = await orgAuth("token");
    process.kill(keyring.pid, "SIGCONT");
    expect(hung).toMatchObject({ status: 6, stdout: "" });
    expect(hung.stderr).toContain("[keyring_hung]");
    expect(files("keyring")).toHaveLength(1);
    expect(await orgAuth("token")).toMatchObject({ status: 0, stdout });
  });

  test("F80 a locked keyring that nobody unlocks is status 6, and nothing else is read in its place", async () => {
    const { signIn, orgAuth, lock } = await atSession();
    await signIn();
    await lock();
    const locked = await orgAuth("token");
    expect(locked).toMatchObject({ status: 6, stdout: "" });
    expect(locked.stderr).toContain("[keyring_locked]");
  });

  test("F80 what a locked keyring seals can be signed out of here all the same", async () => {
    const { signIn, orgAuth, lock, files } = await atSession();
    await signIn();
    await lock();
    expect((await orgAuth("logout")).status).toBe(6);
    expect(files("keyring")).toHaveLength(1);
    const gone = await orgAuth("logout", "--local-only");
    expect(gone).toMatchObject({ status: 0, stdout: "" });
    expect(gone.stderr).toContain("removed here; the server was not told");
    expect(files("keyring")).toEqual([]);
    expect(await orgAuth("logout", "--local-only")).toMatchObject({ status: 0, stderr: "Nobody was signed in.\n" });
  });

  test("F85 when the key is lost each command says where what it sealed is and what removes it, and that works", async () => {
    const { env, session, signIn, orgAuth, folder, files } = await atSession();
    await signIn();
    await signIn("--profile", "work");
    const keyring = systemKeyring({ env: session.env });
    await keyring.deletePassword("org-auth", "seal-key");

    const store = join(folder, "keyring");
    for (const args of [
      ["token"],
      ["logout"],
      ["login", "--no-browser", "--force"],
      ["storage", "move", "--to", "file"],
    ]) {
      const { status, stderr } = await orgAuth(...args);
      expect({ args, status }).toEqual({ args, status: 6 });
      expect(stderr).toContain("[store_unavailable]");
      expect(stderr).toMatch(/^ {2}fix: .*`org-auth logout --local-only`.*`org-auth login --store file`$/m);
      expect(stderr).toContain(store);
    }
    const { stdout } = await orgAuth("storage", "status");
    expect(stdout).toMatch(/^● keyring +2 kept +not usable: .* \[store_unavailable\]\n {2}fix: .*--local-only/m);
    // A new key would stand beside logins that it does not open.
    expect(await keyring.getPassword("org-auth", "seal-key")).toBeNull();

    expect((await orgAuth("logout", "--local-only")).status).toBe(0);
    expect((await orgAuth("login", "--no-browser")).status).toBe(6); // There is still that of the other profile.
    expect((await orgAuth("logout", "--local-only", "--profile", "work")).status).toBe(0);
    expect(files("keyring")).toEqual([]);
    expect((await signIn()).status).toBe(0);
    expect((await run(["token"], { env })).status).toBe(0);
  });

  test("F85 when the key is lost the new login can go elsewhere", async () => {
    const { session, signIn, orgAuth, files } = await atSession();
    await signIn();
    await systemKeyring({ env: session.env }).deletePassword("org-auth", "seal-key");
    expect((await signIn("--force", "--store", "file")).status).toBe(0);
    expect([files("keyring").length, files("credentials").length]).toEqual([0, 1]);
    expect((await orgAuth("token")).status).toBe(0);
  });

  test("F81 a keyring that has been waited for once is not asked again by the whole program", async () => {
    const hung = await atSession();
    await hung.signIn();
    process.kill(hung.keyring.pid, "SIGSTOP");
    expect(await hung.session.askersDuring(() => hung.orgAuth("token"))).toBe(1);
    process.kill(hung.keyring.pid, "SIGCONT");

    const prompted = await atSession({ prompter: "silent" });
    await prompted.signIn();
    await prompted.lock();
    let ended: Awaited<ReturnType<typeof run>> | undefined;
    expect(await prompted.session.askersDuring(async () => (ended = await prompted.orgAuth("token")))).toBe(1);
    expect(ended).toMatchObject({ status: 6, stdout: "" });
    expect(ended?.stderr).toMatch(/^error: .* did not answer within 3 s \[keyring_hung\]\n {2}fix: .+\n$/);
  });

  test.skipIf(!hasTerminals)("F81 at a terminal the keyring has 60 s, and who waits is told", async () => {
    for (const line of [
      orgAuthLine("storage", "status"),
      orgAuthLine("curl", "/me"),
      `${orgAuthLine("token")} | cat`, // The short way of a token, which is not for a terminal.
    ]) {
      const { env, signIn, lock } = await atSession({ prompter: "silent" });
      await signIn();
      await lock();
      const waiting = startAtTerminal(line, { env });
      await waiting.shows(/^waiting for the keyring, for up to 60 s: it may be asking to be unlocked\r$/m);
      waiting.type("\x03");
      const { screen } = await waiting.ended;
      expect(screen.match(/waiting for the keyring/g)).toHaveLength(1);
    }
  });
});
