import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pnpm } from "./pnpm.ts";
import { runCommand } from "./run-command.ts";

/** The manifest of a package that is published. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly exports: Readonly<Record<string, unknown>>;
  readonly bin?: Readonly<Record<string, string>>;
}

const root = join(import.meta.dirname, "..");

/** Of every package that is published. */
export const manifests: readonly Manifest[] = readdirSync(join(root, "packages"))
  .map((folder) => JSON.parse(readFileSync(join(root, "packages", folder, "package.json"), "utf8")) as Manifest)
  .filter((manifest) => manifest.private !== true);

/** Packs them, as they have been built, into a folder: see {@link tarballOf}. */
export async function packPackages(into: string): Promise<void> {
  await pnpm(root, "--filter", "./packages/*", "pack", "--pack-destination", into);
}

/** Where {@link packPackages} has put one. */
export function tarballOf({ name, version }: Manifest, folder: string): string {
  return join(folder, `${name.slice(1).replace("/", "-")}-${version}.tgz`);
}

/** Makes a project `into` a new folder, and installs all of them there from the tarballs in `folder`. */
export async function installPacked(folder: string, into: string): Promise<void> {
  const dependencies = Object.fromEntries(manifests.map((one) => [one.name, `file:${tarballOf(one, folder)}`]));
  // What one of ours needs of another is to be the tarball too, not what a registry has under that name.
  const overrides = Object.fromEntries(manifests.map(({ name }) => [name, `$${name}`]));
  mkdirSync(into);
  writeFileSync(join(into, "package.json"), JSON.stringify({ private: true, type: "module", dependencies, overrides }));
  await runCommand("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"], into);
}
