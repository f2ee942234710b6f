import { isAbsolute, join } from "node:path";
import { AuthError } from "@org/auth-core";
import type { Environment } from "../environment.ts";

/** The systems whose stored logins can be read. That of Keystone is not among them: nobody has told its form. */
export const otherSystems = ["anaconda", "descarteslabs", "pancloud", "wallaroo"] as const;

export type OtherSystem = (typeof otherSystems)[number];

/** The system of that name. Throws {@link AuthError} (`usage`) when there is none whose logins can be read. */
export function otherSystem(name: string): OtherSystem {
  const system = otherSystems.find((system) => system === name);
  if (system !== undefined) return system;
  const what = name === "keystone" ? "how Keystone stores its logins is not documented" : "no such system is known";
  throw new AuthError("usage", `cannot import from ${JSON.stringify(name.slice(0, 100))}: ${what}`, {
    hint: name === "keystone" ? "sign in once" : `use one of: ${otherSystems.join(", ")}`,
  });
}

/** Where a system keeps its logins when nobody has told it another place. */
export function defaultLoginPath(system: OtherSystem, env: Environment, platform: NodeJS.Platform): string {
  switch (system) {
    case "anaconda":
      return join(home(env), ".anaconda", "keyring");
    case "descarteslabs":
      return join(home(env), ".descarteslabs", "token_info.json");
    case "pancloud":
      return join(home(env), ".config", "pancloud", "credentials.json");
    case "wallaroo":
      return join(cacheFolder(env, platform), "wallaroo_sdk", "auth", "keycloak.json");
  }
}

function cacheFolder(env: Environment, platform: NodeJS.Platform): string {
  if (platform === "darwin") return join(home(env), "Library", "Caches");
  const asked = platform === "win32" ? env["LOCALAPPDATA"] : env["XDG_CACHE_HOME"];
  return asked !== undefined && isAbsolute(asked) ? asked : join(home(env), ".cache");
}

function home(env: Environment): string {
  const folder = env["HOME"] ?? env["USERPROFILE"];
  if (folder !== undefined && isAbsolute(folder)) return folder;
  throw new AuthError("config_missing", "the home folder is not known, so neither is where the logins are", {
    hint: "name the file",
  });
}
