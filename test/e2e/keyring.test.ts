import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { hasSecretService, testSession } from "../../packages/storage-keyring/test/secret-service.ts";
import { run, setUp, start } from "./org-auth.ts";

/** A person at a session with an unlocked keyring, who has said nothing about stores. */
async function atSession() {
  const session = await testSession();
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
  return { ...all, env, session, keyring, orgAuth, signIn, folder, files };
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
    const { signIn, orgAuth, keyring, session } = await atSession();
    await signIn();
    await keyring.end();
    await session.startKeyring("locked");
    const locked = await orgAuth("token");
    expect(locked).toMatchObject({ status: 6, stdout: "" });
    expect(locked.stderr).toContain("[keyring_locked]");
  });
});
