import { statSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { StoreError } from "@org/auth-core";

export interface DataFolderOptions {
  /** The product's own folder in the person's data folder. */
  readonly appName: string;
  /** Default: `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Default: `process.platform`. */
  readonly platform?: NodeJS.Platform;
  /** Whether there is a folder at a path. Default: asks the file system. */
  readonly isFolder?: (path: string) => boolean;
}

/**
 * Where a person's credentials live: `$XDG_DATA_HOME/<appName>`, which is `~/.local/share/<appName>` by default, or
 * `%LOCALAPPDATA%\<appName>` on Windows. A relative `XDG_DATA_HOME` is ignored, as the specification says.
 *
 * Throws {@link StoreError} (`store_unavailable`) when the variables name no absolute folder, or no home that there is: a
 * home is not ours to make.
 *
 * @see [XDG Base Directory Specification](https://specifications.freedesktop.org/basedir-spec/latest/)
 */
export function dataFolder(options: DataFolderOptions): string {
  const { appName, env = process.env, platform = process.platform, isFolder = isRealFolder } = options;
  const dataHome = findDataHome(env, platform, isFolder);
  if (dataHome !== undefined) return join(dataHome, appName);
  const homeName = platform === "win32" ? "USERPROFILE" : "HOME";
  throw new StoreError("store_unavailable", `cannot tell where to keep credentials: ${homeName} names no folder`, {
    hint: `set ${homeName} to your home folder`,
  });
}

/**
 * The folder in which {@link dataFolder} has one for each product. `undefined`: the variables name no absolute folder,
 * nor a home that there is. Whether it is there is for `isFolder` to say; without it, whoever reads from it will see.
 */
export function findDataHome(
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform,
  isFolder?: (path: string) => boolean,
): string | undefined {
  const isWindows = platform === "win32";
  const named = isWindows ? env["LOCALAPPDATA"] : env["XDG_DATA_HOME"];
  if (named !== undefined && isAbsolute(named)) return named;
  const home = isWindows ? env["USERPROFILE"] : env["HOME"];
  if (home === undefined || !isAbsolute(home) || isFolder?.(home) === false) return undefined;
  return home + (isWindows ? "\\AppData\\Local" : "/.local/share");
}

function isRealFolder(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  } catch {
    return true; // It cannot be looked at. Whoever reads from it will say why.
  }
}
