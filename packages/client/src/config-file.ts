import { readFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { AuthError } from "@org/auth-core";
import { variable, type Environment } from "./environment.ts";
import type { Product } from "./product.ts";
import type { Site } from "./site.ts";

/** A person's configuration: the sites they sign in to. */
export interface ConfigFile {
  /** Where it is, or would be. */
  readonly path: string;
  /** The site that is meant when none is named: `default_site`, or the only one there is. */
  readonly defaultSite?: string | undefined;
  readonly sites: ReadonlyMap<string, Site>;
}

/**
 * Reads `$<PREFIX>CONFIG`, or `$XDG_CONFIG_HOME/<name>/config.toml` (`~/.config/…`). The latter may be missing. Rejects
 * with {@link AuthError} (`config_invalid`) that names the file and the line or the field.
 */
export async function readConfigFile(product: Product, env: Environment): Promise<ConfigFile> {
  const asked = variable(product, env, "CONFIG");
  const path = asked ?? defaultConfigPath(product, env);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    if (code === "ENOENT" && asked === undefined) return { path, sites: new Map() };
    throw new AuthError("config_invalid", `cannot read the configuration ${path} (${code})`);
  }
  // Loaded only where there is a configuration: reading one takes more code than all else on the way to a stored token.
  const { parseConfig } = await import("./parse-config.ts");
  return parseConfig(text, path);
}

/** Where the configuration is when no variable names another file. */
export function defaultConfigPath({ name }: Product, env: Environment): string {
  // A relative one would be read from whatever folder one happens to be in.
  const folder = (variableName: string): string | undefined => {
    const path = env[variableName];
    return path !== undefined && isAbsolute(path) ? path : undefined;
  };
  const base = folder("XDG_CONFIG_HOME") ?? join(folder("HOME") ?? folder("USERPROFILE") ?? "/", ".config");
  return join(base, name, "config.toml");
}
