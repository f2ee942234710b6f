import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { openSession } from "@org/auth-client";
import { resolve } from "@org/auth-client/source";
import { apiKey, isAuthError } from "@org/auth-core";
import { fileStore } from "@org/auth-storage-file";
import { describe, expect, test } from "vitest";
import { keyringSeal, systemKeyring } from "../../packages/storage-keyring/src/index.ts";
import { hasSecretService, testSession } from "../../packages/storage-keyring/test/secret-service.ts";
import { tempHome } from "./org-auth.ts";
import { hasTerminals, startAtTerminal } from "./terminal.ts";

const key = { issuer: "https://id.example.com", clientId: "app", profile: "default" };
const site = { issuer: key.issuer, clientId: key.clientId, folder: false } as const;

/** A session whose keyring has sealed a key, and is now locked with a prompt that nobody answers. */
async function locked() {
  const session = await testSession({ prompter: "silent" });
  const daemon = await session.startKeyring("unlocked");
  const home = tempHome();
  const env = {
    HOME: home,
    PATH: process.env["PATH"],
    DBUS_SESSION_BUS_ADDRESS: session.env["DBUS_SESSION_BUS_ADDRESS"],
  };
  const seal = keyringSeal({ service: "org-auth", keyring: systemKeyring({ env: session.env }) });
  const folder = join(home, ".local/share/org-auth");
  await fileStore({ folder, section: "keyring", seal }).update(key, () => apiKey({ apiKey: "fake-key" }));
  await daemon.end();
  await session.startKeyring("locked");
  return { env };
}

describe.skipIf(!hasSecretService())("a library's session with a real keyring (gnome-keyring)", () => {
  test("F81 gives the keyring the time it is told, and says that it waits", async () => {
    const { env } = await locked();
    const warnings: string[] = [];
    const options = { ...site, env, keyringTimeoutMs: 1_200, onWarning: (warning: string) => warnings.push(warning) };
    const failure: unknown = await openSession(options)
      .getAccessToken()
      .catch((error: unknown) => error);
    expect(isAuthError(failure) && failure.code).toBe("keyring_hung");
    expect(failure).toMatchObject({ message: expect.stringContaining("within 1.2 s") });
    expect(warnings).toEqual(["waiting for the keyring, for up to 1.2 s: it may be asking to be unlocked"]);
  });

  test("F81 ends the wait of a caller that gives up while the keyring is asked", async () => {
    const { env } = await locked();
    const impatient = new AbortController();
    const onWarning = (): void => impatient.abort(new Error("enough"));
    const session = openSession({ ...site, env, keyringTimeoutMs: 1_500, onWarning });
    const others = session.getAccessToken();
    await expect(session.getAccessToken({ signal: impatient.signal })).rejects.toThrow("enough");
    await expect(others).rejects.toMatchObject({ code: "keyring_hung" });
  });

  test.skipIf(!hasTerminals)("F81 gives it a minute at a terminal, and three seconds elsewhere", async () => {
    const { env } = await locked();
    const program = join(import.meta.dirname, "session-program.ts");
    const line = `'${process.execPath}' --conditions=@org/source '${program}' ${key.issuer} ${key.clientId}`;
    const waiting = startAtTerminal(line, { env });
    await waiting.shows(/waiting for the keyring, for up to 60 s/);
    waiting.type("\x03");
    await waiting.ended;
    const elsewhere = await startAtTerminal(`${line} </dev/null`, { env }).ended;
    expect(elsewhere.screen).toMatch(/waiting for the keyring, for up to 3 s[^]*keyring_hung/);
  });
});

test("F11 a session and a search tell of a store that others could reach, which has been made private", async () => {
  for (const use of [
    (options: Parameters<typeof openSession>[0]) => openSession(options).getAccessToken(),
    async (options: Parameters<typeof openSession>[0]) => (await (await resolve(options)).source.getToken()).value,
  ]) {
    const home = tempHome();
    const folder = join(home, ".local/share/org-auth");
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    await fileStore({ folder }).update(key, () => apiKey({ apiKey: "fake-key" }));
    chmodSync(join(folder, "credentials"), 0o755);
    const warnings: string[] = [];
    const env = { HOME: home, ORG_AUTH_STORE: "file" };
    expect(await use({ ...site, env, onWarning: (warning) => warnings.push(warning) })).toBe("fake-key");
    expect(warnings).toEqual([expect.stringContaining(join(folder, "credentials"))]);
  }
});
