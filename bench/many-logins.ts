import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatKey } from "@org/auth-core";
import { dataFolder, fileStore } from "@org/auth-storage-file";
import { exampleKey, exampleLogin } from "./example-login.ts";

/** A person's home with many logins in it. */
export interface ManyLogins {
  readonly home: string;
  /** Where the store is. */
  readonly folder: string;
  /** Removes all of it. */
  remove(): void;
}

/**
 * Makes a home in which a file store has `count` logins, one of them `exampleKey`'s. The store writes that one; the
 * others are the same text under another profile, because going through the store costs a sync to the disk each.
 */
export async function manyLogins(count: number): Promise<ManyLogins> {
  const home = mkdtempSync(join(tmpdir(), "org-auth-many-"));
  const folder = dataFolder({ appName: "org-auth", env: { HOME: home }, platform: "linux" });
  const logins: ManyLogins = { home, folder, remove: () => rmSync(home, { recursive: true, force: true }) };

  try {
    await fileStore({ folder }).update(exampleKey, () => exampleLogin());
    const stem = formatKey(exampleKey);
    const pathOf = (stem: string): string => join(folder, "credentials", `${stem}.json`);
    const text = readFileSync(pathOf(stem), "utf8");
    for (let made = 1; made < count; made++) {
      const other = formatKey({ ...exampleKey, profile: `profile-${made}` });
      writeFileSync(pathOf(other), text.replace(stem, other), { mode: 0o600, flag: "wx" });
    }
    return logins;
  } catch (error) {
    logins.remove();
    throw error;
  }
}
