import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, expect, test } from "vitest";

// What is published, as whoever installs it gets it. The packages have been built before: `pnpm test` does.

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly exports: Readonly<Record<string, unknown>>;
  readonly bin?: Readonly<Record<string, string>>;
}

const root = join(import.meta.dirname, "..");
const manifests: readonly Manifest[] = readdirSync(join(root, "packages"))
  .map((folder) => readManifest(join(root, "packages", folder, "package.json")))
  .filter((manifest) => manifest.private !== true);
const entries = manifests.flatMap(({ name, exports }) =>
  Object.keys(exports).flatMap((path) => (path === "./package.json" ? [] : name + path.slice(1))),
);

let folder: string;
/** An empty project that has installed all of them from their tarballs. */
let consumer: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "org-auth-package-"));
  await pnpm("--filter", "./packages/*", "pack", "--pack-destination", folder);
  consumer = join(folder, "consumer");
  await install(consumer);
}, 120_000);

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

test("there is something to publish", () => {
  expect(manifests.map(({ name }) => name)).toContain("@org/auth-core");
});

test.for(manifests)("publint has nothing to say about $name", async (manifest) => {
  const bytes = new Uint8Array(await readFile(tarball(manifest)));
  const { messages, pkg } = await publint({ pack: { tarball: bytes.buffer }, strict: true });
  expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([]);
});

test.for(manifests)("the types of $name are found by every way to resolve ES modules", async (manifest) => {
  await run(join(root, "node_modules/.bin/attw"), [tarball(manifest), "--profile", "esm-only", "--no-color"]);
});

test.for(manifests)("$name is installed with its licence and without its sources", ({ name }) => {
  const installed = readdirSync(join(consumer, "node_modules", name));
  expect(installed).toEqual(expect.arrayContaining(["LICENSE", "dist", "package.json"]));
  expect(installed).not.toContain("src");
});

test.for(entries)("%s is imported and required by plain Node", async (entry) => {
  const script = `
    const imported = await import(${JSON.stringify(entry)});
    const required = (await import("node:module")).createRequire(import.meta.url)(${JSON.stringify(entry)});
    process.stdout.write(JSON.stringify([Object.keys(imported).length > 0, imported === required]));`;
  const stdout = await run(process.execPath, ["--input-type=module", "--eval", script], consumer);
  expect(stdout).toBe("[true,true]");
});

test("the types of all that is installed check, with libraries checked too", async () => {
  const lines = entries.map((entry, index) => `export * as entry${index} from ${JSON.stringify(entry)};`);
  writeFileSync(join(consumer, "index.ts"), lines.join("\n"));
  for (const module of ["nodenext", "preserve"]) {
    const options = ["--noEmit", "--strict", "--target", "es2024", "--module", module, "--types", "node"];
    await run(
      join(root, "node_modules/.bin/tsc"),
      [...options, "--typeRoots", join(root, "node_modules/@types"), "index.ts"],
      consumer,
    );
  }
});

const commands = manifests.flatMap(({ version, bin = {} }) => Object.keys(bin).map((name) => ({ name, version })));

test.for(commands)("the command $name that is installed tells its version", async ({ name, version }) => {
  const stdout = await run(join(consumer, "node_modules/.bin", name), ["--version"], consumer);
  expect(stdout).toContain(version);
});

function readManifest(path: string): Manifest {
  return JSON.parse(readFileSync(path, "utf8")) as Manifest;
}

function tarball({ name, version }: Manifest): string {
  return join(folder, `${name.slice(1).replace("/", "-")}-${version}.tgz`);
}

async function install(into: string): Promise<void> {
  const dependencies = Object.fromEntries(manifests.map((one) => [one.name, `file:${tarball(one)}`]));
  // What one of ours needs of another is to be the tarball too, not what a registry has under that name.
  const overrides = Object.fromEntries(manifests.map(({ name }) => [name, `$${name}`]));
  mkdirSync(into);
  writeFileSync(join(into, "package.json"), JSON.stringify({ private: true, type: "module", dependencies, overrides }));
  await run("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"], into);
}

/** The pnpm that runs us, else any of the right version. */
async function pnpm(...args: readonly string[]): Promise<void> {
  const own = process.env["npm_execpath"];
  if (own === undefined || !basename(own).startsWith("pnpm")) await run("npx", ["-y", "pnpm@12", ...args]);
  else if (/\.[cm]?js$/.test(own)) await run(process.execPath, [own, ...args]);
  else await run(own, args);
}

/** Runs a command for 100 seconds at most, and gives what it wrote to its standard output. */
function run(command: string, args: readonly string[], cwd = root): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(command, args, { cwd, timeout: 100_000, maxBuffer: 16 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      // Where a machine gets its packages is its own business.
      else reject(new Error(`${basename(command)} failed:\n${stdout}${stderr}`.replace(/\w+:\/\/\S+/g, "[…]")));
    });
  });
}
