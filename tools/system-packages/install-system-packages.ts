import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SystemPackage } from "./system-package.ts";

export interface InstallOptions {
  /** Default: that of this process. */
  readonly env?: Readonly<NodeJS.ProcessEnv>;
  /** How long to wait for another process that installs, and then for our own, in milliseconds. Default: 300,000. */
  readonly timeoutMs?: number;
}

/**
 * Installs those packages that are missing, where that is possible: as root, on Debian. Resolves with what is there in
 * the end, and with why the rest is not. It never rejects, and asks nothing when nothing is missing.
 */
export async function installSystemPackages(
  packages: readonly SystemPackage[],
  { env = process.env, timeoutMs = 300_000 }: InstallOptions = {},
): Promise<{ readonly present: readonly string[]; readonly failure: string | undefined }> {
  const isPresent = ({ path }: SystemPackage): boolean => existsSync(path);
  const missing = packages.filter((one) => !isPresent(one));
  const failure = missing.length === 0 ? undefined : await install(missing, env, timeoutMs);
  return { present: packages.filter(isPresent).map(({ name }) => name), failure };
}

async function install(
  missing: readonly SystemPackage[],
  env: Readonly<NodeJS.ProcessEnv>,
  timeoutMs: number,
): Promise<string | undefined> {
  const cannot = `cannot install ${missing.map(({ name }) => name).join(", ")}`;
  if (process.getuid?.() !== 0 || !existsSync("/etc/debian_version")) return `${cannot}: not root on Debian`;

  // `apt-get update` waits for nobody; `flock` does, and the kernel lets go whatever becomes of us.
  const lock = join(tmpdir(), "org-auth-system-packages.lock");
  const seconds = String(Math.ceil(timeoutMs / 1000));
  const isThere = missing.map(({ path }) => `test -e ${path}`).join(" && ");
  const names = missing.map(({ name }) => name).join(" ");
  const script = `${isThere} || { apt-get -qq update && apt-get -qq -y --no-install-recommends install ${names}; }`;
  const args = ["-w", seconds, lock, "timeout", "-k", "10", seconds, "sh", "-c", script];

  const output = await new Promise<string | undefined>((resolve) => {
    const ownEnv = { ...env, DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C" };
    execFile("flock", args, { env: ownEnv, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      resolve(error === null ? undefined : `${stdout}${stderr}\nE: exit code ${String(error.code)}`);
    });
  });
  return output === undefined ? undefined : [`${cannot}:`, ...errorLines(output)].join("\n  ");
}

/** The errors of apt, without the servers they name: where a machine gets its packages is its own business. */
function errorLines(output: string): readonly string[] {
  const lines = output.split("\n").filter((line) => line.startsWith("E:"));
  return lines.map((line) => line.replace(/'[^']*'|\S*(:\/\/|[^\s.]\.[^\s.])\S*/g, "[…]").slice(0, 200));
}
