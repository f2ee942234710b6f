import { existsSync, lstatSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";

/** A package with all that it brings along. */
export interface Closure {
  /** How many packages, itself included. */
  readonly packages: number;
  readonly bytes: number;
}

/** What installing packages into a folder has brought, each counted once, of other platforms' what is not there not. */
export function closureOf(folder: string, names: readonly string[]): Closure {
  const found = new Set<string>();
  function add(place: string): void {
    if (found.has(place)) return;
    found.add(place);
    const manifest = JSON.parse(readFileSync(join(place, "package.json"), "utf8")) as Manifest;
    const needed = Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies });
    for (const each of needed.flatMap((name) => find(place, name) ?? [])) add(each);
  }
  for (const name of names) {
    const place = find(folder, name);
    if (place === undefined) throw new Error(`${name} is not installed in ${folder}`);
    add(place);
  }
  return { packages: found.size, bytes: [...found].reduce((sum, place) => sum + bytesIn(place), 0) };
}

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** Where Node finds a package from a folder. */
function find(from: string, name: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const place = join(folder, "node_modules", name);
    if (existsSync(place)) return realpathSync(place);
    if (folder === dirname(folder)) return undefined;
  }
}

/** Of its own files: what is below its `node_modules` are packages of their own. */
function bytesIn(folder: string): number {
  return readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === "node_modules" ? sum : sum + bytesIn(path);
    return sum + lstatSync(path).size;
  }, 0);
}
