import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installPacked, packPackages } from "../tools/packed-packages.ts";
import { pnpm } from "../tools/pnpm.ts";

/** What is measured, as whoever installs it gets it. */
export interface Installed {
  /** A project that has our packages from their tarballs, and `empty-package`, which has nothing in it. */
  readonly ours: string;
  /** A project that has the packages of `bench/peers`. */
  readonly peers: string;
  /** Removes both. */
  remove(): void;
}

/** Installs our packages as they have been built, and those of others at the versions that `bench/peers` has fixed. */
export async function install(): Promise<Installed> {
  const folder = mkdtempSync(join(tmpdir(), "org-auth-bench-"));
  const [ours, peers] = [join(folder, "ours"), join(folder, "peers")];
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    await packPackages(folder);
    await installPacked(folder, ours);
    const empty = join(ours, "node_modules/empty-package");
    mkdirSync(empty);
    writeFileSync(join(empty, "package.json"), JSON.stringify({ type: "module", exports: "./index.js" }));
    writeFileSync(join(empty, "index.js"), "export {};\n");

    mkdirSync(peers);
    for (const name of ["package.json", "pnpm-lock.yaml", "pnpm-workspace.yaml"]) {
      cpSync(join(import.meta.dirname, "peers", name), join(peers, name));
    }
    await pnpm(peers, "install", "--frozen-lockfile");
    return { ours, peers, remove };
  } catch (error) {
    remove();
    throw error;
  }
}

/** Loads a package that is installed in a folder. Whoever asks says of what type it is. */
export function load(folder: string, name: string): unknown {
  return createRequire(join(folder, "package.json"))(name) as unknown;
}
