import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, expect, test } from "vitest";
import { installPacked, manifests, packPackages, tarballOf } from "../tools/packed-packages.ts";
import { runCommand } from "../tools/run-command.ts";

// What is published, as whoever installs it gets it. The packages have been built before: `pnpm test` does.

const root = join(import.meta.dirname, "..");
const entries = manifests.flatMap(({ name, exports }) =>
  Object.keys(exports).flatMap((path) => (path === "./package.json" ? [] : name + path.slice(1))),
);

let folder: string;
/** An empty project that has installed all of them from their tarballs. */
let consumer: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "org-auth-package-"));
  await packPackages(folder);
  consumer = join(folder, "consumer");
  await installPacked(folder, consumer);
}, 120_000);

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

test("there is something to publish", () => {
  expect(manifests.map(({ name }) => name)).toContain("@org/auth-core");
});

test.for(manifests)("publint has nothing to say about $name", async (manifest) => {
  const bytes = new Uint8Array(await readFile(tarballOf(manifest, folder)));
  const { messages, pkg } = await publint({ pack: { tarball: bytes.buffer }, strict: true });
  expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([]);
});

test.for(manifests)("the types of $name are found by every way to resolve ES modules", async (manifest) => {
  await run(join(root, "node_modules/.bin/attw"), [tarballOf(manifest, folder), "--profile", "esm-only", "--no-color"]);
});

test.for(manifests)("$name is installed with its README and its licence, and without its sources", ({ name }) => {
  const installed = readdirSync(join(consumer, "node_modules", name));
  expect(installed).toEqual(expect.arrayContaining(["LICENSE", "README.md", "dist", "package.json"]));
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

test.for(["22", "24", "26"])("CommonJS on Node %s requires every entry, with no warning", async (release) => {
  const script = join(consumer, "require-all.cjs");
  writeFileSync(
    script,
    `process.on("warning", (warning) => { throw warning; });
    const empty = ${JSON.stringify(entries)}.filter((entry) => Object.keys(require(entry)).length === 0);
    process.stdout.write(JSON.stringify([process.version.split(".")[0], empty]));`,
  );
  expect(await run(nodeOf(release), [script], consumer)).toBe(JSON.stringify([`v${release}`, []]));
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

/** The Node of that release that this workspace has. */
function nodeOf(release: string): string {
  if (process.version.startsWith(`v${release}.`)) return process.execPath;
  return join(root, release === "24" ? "" : `tools/node-${release}`, "node_modules/.bin/node");
}

function run(command: string, args: readonly string[], cwd = root): Promise<string> {
  return runCommand(command, args, cwd);
}
