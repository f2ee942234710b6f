import { execFileSync } from "node:child_process";
import { cpSync, existsSync, readFileSync, realpathSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { tempHome } from "../e2e/org-auth.ts";

/** Whether a program can be started as someone else: a test that needs it is skipped where it cannot. */
export const canBeNobody: boolean = process.platform === "linux" && process.getuid?.() === 0;

/**
 * The command line as a program for a user whom nothing belongs to. It is a copy that everyone may read, because the
 * repository may lie where only root may look, and it stops being root by itself, because so may Node.
 */
export function orgAuthAsNobody(): readonly string[] {
  const folder = tempHome();
  install(realpathSync(join(import.meta.dirname, "../../packages/cli")), folder);
  execFileSync("chmod", ["-R", "a+rX", folder]);
  const program = join(folder, "node_modules/@org/auth-cli/dist/bin.cjs");
  return [process.execPath, "--require", join(import.meta.dirname, "become-nobody.cjs"), program];
}

/** Gives a folder and all in it to that user. */
export function giveToNobody(folder: string): void {
  execFileSync("chown", ["-R", "65534:65534", folder]);
}

/** Copies a package, and those it depends on, into a `node_modules` of a folder. */
function install(source: string, folder: string): void {
  const { name, dependencies = {} } = JSON.parse(readFileSync(join(source, "package.json"), "utf8")) as {
    readonly name: string;
    readonly dependencies?: Readonly<Record<string, string>>;
  };
  const target = join(folder, "node_modules", name);
  if (existsSync(target)) return;
  const left = new Set(["node_modules", "src", "test"]);
  cpSync(source, target, { recursive: true, filter: (path) => !left.has(basename(path)) });
  for (const dependency of Object.keys(dependencies)) install(resolvePackage(dependency, source), folder);
}

function resolvePackage(name: string, from: string): string {
  const path = join(from, "node_modules", name);
  return existsSync(path) ? realpathSync(path) : resolvePackage(name, dirname(from));
}
