import { readFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { AuthError, isError } from "@org/auth-core";
import { variable, type Environment } from "./environment.ts";
import type { Product } from "./product.ts";
import { requireUnchangedByOthers } from "./unchanged-by-others.ts";
import type { Site } from "./site.ts";
import { sitesOf } from "./sites-of.ts";

/** The sites a person can sign in to: those of their configuration, and those that the product brings along. */
export interface ConfigFile {
  /** Where the file is, or would be. */
  readonly path: string;
  /** The site that is meant when none is named: the file's `default_site`, the product's, or the only one there is. */
  readonly defaultSite?: string | undefined;
  readonly sites: ReadonlyMap<string, Site>;
  /** The names of those that the file itself has a table for. */
  readonly ownNames: ReadonlySet<string>;
}

/**
 * Reads `$<PREFIX>CONFIG`, or `$XDG_CONFIG_HOME/<name>/config.toml` (`~/.config/…`). The latter may be missing. Rejects
 * with {@link AuthError} (`config_invalid`) that names the file and the line or the field, and for a file that others
 * can change.
 */
export async function readConfigFile(product: Product, env: Environment): Promise<ConfigFile> {
  const path = configPath(product, env);
  const text = readConfigText(path);
  if (text === undefined && path !== defaultConfigPath(product, env)) throw unreadable(path, "ENOENT");
  if (text === undefined || text === "") return { path, ...sitesOf({ tables: new Map() }, product, path) };
  // Loaded only where there is a configuration: reading one takes more code than all else on the way to a stored token.
  const { parseConfig } = await import("./parse-config.ts");
  return { path, ...sitesOf(parseConfig(text, path), product, path) };
}

/** The configuration's text; `undefined`: there is no such file. Throws as {@link readConfigFile} rejects. */
export function readConfigText(path: string): string | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const code = isError(error) && "code" in error ? String(error.code) : "unknown";
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw unreadable(path, code);
  }
  requireUnchangedByOthers(path);
  return text;
}

/** Where the configuration is, or would be: `$<PREFIX>CONFIG`, by {@link expandPath}, or the default place. */
export function configPath(product: Product, env: Environment): string {
  const asked = variable(product, env, "CONFIG");
  return asked === undefined ? defaultConfigPath(product, env) : expandPath(asked, env);
}

/**
 * A path as people write it in variables and files: `~/` is the home folder, `$NAME` and `${NAME}` are variables. One
 * that is not set stays as it is written.
 */
export function expandPath(path: string, env: Environment): string {
  const expanded = path.replaceAll(/\$(?:(\w+)|\{(\w+)\})/g, (written, name?: string, inBraces?: string) => {
    return env[name ?? inBraces ?? ""] ?? written;
  });
  const home = env["HOME"] ?? env["USERPROFILE"];
  return expanded.startsWith("~/") && home !== undefined ? join(home, expanded.slice(2)) : expanded;
}

/** Where the configuration is when no variable names another file. */
export function defaultConfigPath(product: Product, env: Environment): string {
  return join(configFolder(product, env), "config.toml");
}

/** The folder of a person's own settings: `$XDG_CONFIG_HOME/<name>`, by default `~/.config/<name>`. */
export function configFolder({ name }: Product, env: Environment): string {
  // A relative one would be read from whatever folder one happens to be in.
  const folder = (variableName: string): string | undefined => {
    const path = env[variableName];
    return path !== undefined && isAbsolute(path) ? path : undefined;
  };
  // Not joined: the program's short way comes along here, and a function that runs for the first time costs.
  return `${folder("XDG_CONFIG_HOME") ?? `${folder("HOME") ?? folder("USERPROFILE") ?? ""}/.config`}/${name}`;
}

function unreadable(path: string, code: string): AuthError {
  return new AuthError("config_invalid", `cannot read the configuration ${path} (${code})`);
}
