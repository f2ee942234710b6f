import { isAbsolute, join } from "node:path";
import { AuthError } from "@org/auth-core";
import { variable, type Environment } from "./environment.ts";
import type { Product } from "./product.ts";
import { readSmallFile } from "./read-small-file.ts";
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
  const asked = askedPath(product, env);
  const folder = findConfigFolder(product, env);
  const usual = join(folder ?? `$XDG_CONFIG_HOME/${product.name}`, "config.toml");
  const path = asked ?? usual;
  const text = asked === undefined && folder === undefined ? undefined : readConfigText(path);
  if (text === undefined && path !== usual) throw unreadable(path, "ENOENT");
  if (text === undefined || text === "") return { path, ...sitesOf({ tables: new Map() }, product, path) };
  // Loaded only where there is a configuration: reading one takes more code than all else on the way to a stored token.
  const { parseConfig } = await import("./parse-config.ts");
  return { path, ...sitesOf(parseConfig(text, path), product, path) };
}

/** The configuration's text; `undefined`: there is no such file. Throws as {@link readConfigFile} rejects. */
export function readConfigText(path: string): string | undefined {
  const file = readSmallFile(path, { longestBytes: 1024 * 1024 });
  if (file.kind === "absent") return undefined;
  if (file.kind !== "file") throw unreadable(path, file.problem);
  requireUnchangedByOthers(path, file.stats);
  return file.bytes.toString("utf8");
}

/**
 * Where the configuration is, or would be: `$<PREFIX>CONFIG`, by {@link expandPath}, or the default place. Throws as
 * {@link configFolder} does.
 */
export function configPath(product: Product, env: Environment): string {
  return askedPath(product, env) ?? defaultConfigPath(product, env);
}

function askedPath(product: Product, env: Environment): string | undefined {
  const asked = variable(product, env, "CONFIG");
  return asked === undefined ? undefined : expandPath(asked, env);
}

/**
 * A path as people write it in variables and files: `~/` is the home folder, `$NAME` and `${NAME}` are variables. One
 * that is not set stays as it is written.
 */
export function expandPath(path: string, env: Environment): string {
  const expanded = path.replaceAll(/\$(?:(\w+)|\{(\w+)\})/g, (written, name?: string, inBraces?: string) => {
    return env[name ?? inBraces ?? ""] ?? written;
  });
  const home = absolute(env["HOME"]) ?? absolute(env["USERPROFILE"]);
  return expanded.startsWith("~/") && home !== undefined ? join(home, expanded.slice(2)) : expanded;
}

/** Where the configuration is when no variable names another file. Throws as {@link configFolder} does. */
export function defaultConfigPath(product: Product, env: Environment): string {
  return join(configFolder(product, env), "config.toml");
}

/**
 * The folder of a person's own settings: `$XDG_CONFIG_HOME/<name>`, by default `~/.config/<name>`. Throws
 * {@link AuthError} (`config_missing`) when the variables name no absolute folder.
 */
export function configFolder(product: Product, env: Environment): string {
  const folder = findConfigFolder(product, env);
  if (folder !== undefined) return folder;
  const message =
    "cannot tell where your settings are: neither XDG_CONFIG_HOME nor HOME names a folder by a whole path";
  throw new AuthError("config_missing", message, { hint: "set HOME to your home folder, or XDG_CONFIG_HOME" });
}

/** The same; `undefined`: the variables name none, so there is nothing to read. */
export function findConfigFolder({ name }: Product, env: Environment): string | undefined {
  const config = absolute(env["XDG_CONFIG_HOME"]);
  const home = absolute(env["HOME"]) ?? absolute(env["USERPROFILE"]);
  // Not joined: the program's short way comes along here, and a function that runs for the first time costs.
  return config === undefined ? home && `${home}/.config/${name}` : `${config}/${name}`;
}

/** A relative one would be read from whatever folder one happens to be in. */
function absolute(path: string | undefined): string | undefined {
  return path !== undefined && isAbsolute(path) ? path : undefined;
}

function unreadable(path: string, problem: string): AuthError {
  return new AuthError("config_invalid", `cannot read the configuration ${path} (${problem})`, {
    hint: "put a TOML file there that you may read, or name another one",
  });
}
