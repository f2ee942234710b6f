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
  const isWindows = platform === "win32";
  const named = isWindows ? env["LOCALAPPDATA"] : env["XDG_DATA_HOME"];
  if (named !== undefined && isAbsolute(named)) return join(named, appName);

  const homeName = isWindows ? "USERPROFILE" : "HOME";
  const home = env[homeName];
  if (home === undefined || !isAbsolute(home) || !isFolder(home)) {
    throw new StoreError("store_unavailable", `cannot tell where to keep credentials: ${homeName} names no folder`, {
      hint: `set ${homeName} to your home folder`,
    });
  }
  return isWindows ? join(home, "AppData", "Local", appName) : join(home, ".local", "share", appName);
}

function isRealFolder(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  } catch {
    return true; // It cannot be looked at. Whoever reads from it will say why.
  }
}
