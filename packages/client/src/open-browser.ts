import { accessSync, constants, statSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";
import type { Environment } from "./environment.ts";

export interface OpenBrowserOptions {
  readonly env: Environment;
  readonly platform: NodeJS.Platform;
  /** The program to open it with. Default: `$BROWSER`, or the system's own opener. */
  readonly browser?: string | undefined;
}

/**
 * Opens an address in the person's browser: the program that `browser` or `$BROWSER` names, else the system's own
 * opener. `false`: there is none. The program is found on the PATH beforehand, gets the address as one argument and no
 * shell sees it; the browser lives on by itself, whatever becomes of it.
 */
export function openBrowser(url: string, { env, platform, browser }: OpenBrowserOptions): boolean {
  const { href } = new URL(url);
  const wanted = [browser, env["BROWSER"]].flatMap((name) => (name === undefined || name === "" ? [] : [[name]]));
  for (const [name = "", ...args] of [...wanted, ...openers(platform)]) {
    const program = findProgram(name, env);
    if (program === undefined) continue;
    // Asked for here: to import it costs every program that imports this package two milliseconds.
    const { spawn } = process.getBuiltinModule("node:child_process");
    const child = spawn(program, [...args, href], { detached: true, stdio: "ignore", shell: false, env: { ...env } });
    child.on("error", ignore);
    child.unref();
    return true;
  }
  return false;
}

function openers(platform: NodeJS.Platform): readonly (readonly string[])[] {
  if (platform === "darwin") return [["/usr/bin/open"]];
  if (platform === "win32") return [["rundll32.exe", "url.dll,FileProtocolHandler"]];
  return [["wslview"], ["xdg-open"]];
}

function findProgram(name: string, env: Environment): string | undefined {
  if (isAbsolute(name)) return isExecutable(name) ? name : undefined;
  if (/[/\\]/.test(name)) return undefined; // Relative to a folder that anybody may have written to.
  const folders = (env["PATH"] ?? "").split(delimiter).filter((folder) => isAbsolute(folder));
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function ignore(): void {
  // The address has been printed: a person can open it by hand.
}
