import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { startSession } from "../packages/storage-keyring/test/secret-service.ts";
import { homeWithLogin, type HomeWithLogin } from "./home-with-login.ts";

const binary = join(import.meta.dirname, "../packages/cli/dist/bin.cjs");

/** Whether {@link sealedHomeWithLogin} works here: where D-Bus and gnome-keyring are installed. */
export const hasKeyring: boolean = ["dbus-daemon", "dbus-send", "gnome-keyring-daemon"].every((program) =>
  existsSync(join("/usr/bin", program)),
);

/** A home like those of {@link homeWithLogin}, and a session with a keyring. */
export interface SealedHomeWithLogin extends Omit<HomeWithLogin, "remove"> {
  /** Ends the session and removes the folder. */
  remove(): Promise<void>;
}

/** Makes a home folder in which two variables name a login that is sealed with a key in a real keyring. */
export async function sealedHomeWithLogin(): Promise<SealedHomeWithLogin> {
  const session = await startSession();
  const home = await homeWithLogin("environment");
  const remove = async (): Promise<void> => {
    home.remove();
    await session.end();
  };
  try {
    await session.startKeyring("unlocked");
    const env = { ...home.env, DBUS_SESSION_BUS_ADDRESS: session.env["DBUS_SESSION_BUS_ADDRESS"] ?? "" };
    execFileSync(process.execPath, [binary, "storage", "move", "--to", "keyring"], { env, stdio: "pipe" });
    return { ...home, env, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}
