import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dataFolder, fileStore } from "@org/auth-storage-file";
import { exampleKey, exampleLogin, exampleToken } from "./example-login.ts";

/** How the command line learns which login is meant: two variables, nothing at all, or a configuration file. */
export type LoginFrom = "configuration" | "environment" | "listing";

/** A person's home with one login in it, whose token is fresh. */
export interface HomeWithLogin {
  readonly folder: string;
  /** All variables a command needs. */
  readonly env: Readonly<Record<string, string>>;
  /** The access token. */
  readonly token: string;
  /** Removes the folder. */
  remove(): void;
}

/** Makes a home folder in which the file store keeps a login such as people have. */
export async function homeWithLogin(from: LoginFrom): Promise<HomeWithLogin> {
  const folder = mkdtempSync(join(tmpdir(), "org-auth-home-"));
  const home = { HOME: folder };
  const store = fileStore({ folder: dataFolder({ appName: "org-auth", env: home, platform: "linux" }) });
  await store.update(exampleKey, () => exampleLogin());
  if (from === "configuration") {
    mkdirSync(join(folder, ".config/org-auth"), { recursive: true });
    writeFileSync(join(folder, ".config/org-auth/config.toml"), configuration);
  }
  return {
    folder,
    env:
      from === "environment"
        ? { ...home, ORG_AUTH_ISSUER: exampleKey.issuer, ORG_AUTH_CLIENT_ID: exampleKey.clientId }
        : home,
    token: exampleToken,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

const configuration = `[sites.example]
issuer = "${exampleKey.issuer}"
client_id = "${exampleKey.clientId}"
api_url = "https://api.example.com/v1"
`;
