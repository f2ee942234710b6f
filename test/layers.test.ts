import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { layerFaults, layers, sourcesOf } from "./layers.ts";

const root = new URL("../", import.meta.url);
const files: ReadonlyMap<string, string> = new Map(
  globSync(["packages/*/package.json", "packages/*/src/**/*.{ts,mts,cts,js,mjs,cjs}"], { cwd: root }).map((path) => [
    path.replaceAll("\\", "/"),
    readFileSync(new URL(path, root), "utf8"),
  ]),
);

test("every package depends only on what is below it", () => {
  expect(layerFaults(files)).toEqual([]);
});

test.for(Object.keys(layers))("the sources of %s are read", (folder) => {
  expect(sourcesOf(folder, files).size).toBeGreaterThan(0);
});

const planted: readonly {
  readonly title: string;
  readonly files: Readonly<Record<string, string>>;
  readonly fault: string;
}[] = [
  {
    title: "a module of Node's in core",
    files: { "packages/core/src/planted.ts": `\nimport { readFileSync } from "node:fs";` },
    fault: "packages/core/src/planted.ts:2: imports node:fs, and may use nothing of Node",
  },
  {
    title: "a module of Node's in core, without its prefix and for its types only",
    files: { "packages/core/src/planted.ts": `import type { Stats } from "fs";` },
    fault: "packages/core/src/planted.ts:1: imports fs, and may use nothing of Node",
  },
  {
    title: "Node's types in core",
    files: { "packages/core/src/planted.ts": `/// <reference types="node" />` },
    fault: "packages/core/src/planted.ts:1: imports node, which is not below core",
  },
  {
    title: "a module of Node's in a file of flows that has no need of it",
    files: { "packages/flows/src/planted.ts": `export const fs = process.getBuiltinModule("node:fs");` },
    fault: "packages/flows/src/planted.ts:1: imports node:fs, and may use nothing of Node",
  },
  {
    title: "a sibling",
    files: { "packages/flows/src/planted.ts": `export { fileStore } from "@org/auth-storage-file";` },
    fault: "packages/flows/src/planted.ts:1: imports @org/auth-storage-file, which is not below flows",
  },
  {
    title: "a higher package, loaded late",
    files: { "packages/storage-file/src/planted.ts": `export const load = () => import("@org/auth-client");` },
    fault: "packages/storage-file/src/planted.ts:1: imports @org/auth-client, which is not below storage-file",
  },
  {
    title: "a higher package, for a type only",
    files: { "packages/core/src/planted.ts": `export type Late = typeof import("@org/auth-client");` },
    fault: "packages/core/src/planted.ts:1: imports @org/auth-client, which is not below core",
  },
  {
    title: "a package from elsewhere that is not in the table",
    files: { "packages/client/src/planted.ts": `import { z } from "zod/mini";` },
    fault: "packages/client/src/planted.ts:1: imports zod/mini, which is not below client",
  },
  {
    title: "a package that is below but not in the manifest",
    files: { "packages/testing/package.json": JSON.stringify({ name: "@org/auth-testing" }) },
    fault: "packages/testing/package.json: does not list oidc-provider",
  },
  {
    title: "a file that another package does not export",
    files: { "packages/client/src/planted.ts": `import { abortable } from "@org/auth-core/dist/abortable.js";` },
    fault:
      "packages/client/src/planted.ts:1: imports @org/auth-core/dist/abortable.js, which @org/auth-core does not export",
  },
  {
    title: "a file of another package, by its path",
    files: { "packages/client/src/planted.ts": `import { fixed } from "../../core/src/fixed.ts";` },
    fault: "packages/client/src/planted.ts:1: imports ../../core/src/fixed.ts, which is outside src",
  },
  {
    title: "a module whose name is computed",
    files: { "packages/client/src/planted.ts": "export const load = (name: string) => import(name);" },
    fault: "packages/client/src/planted.ts:1: imports what is computed, so nobody can tell what it is",
  },
  {
    title: "two files that import each other",
    files: {
      "packages/core/src/planted-a.ts": `import { b } from "./planted-b.ts"; export const a = () => b();`,
      "packages/core/src/planted-b.ts": `import { a } from "./planted-a.ts"; export const b = () => a();`,
    },
    fault:
      "packages/core/src/planted-a.ts: imports itself through packages/core/src/planted-b.ts, packages/core/src/planted-a.ts",
  },
  {
    title: "a dependency in the manifest that is not in the table",
    files: { "packages/core/package.json": manifestWith({ peerDependencies: { "left-pad": "*" } }) },
    fault: "packages/core/package.json: depends on left-pad, which is not below core",
  },
  {
    title: "a dependency in the manifest that nothing uses",
    files: {
      "packages/storage-file/package.json": manifestWith(
        { dependencies: { "@org/auth-core": "*" } },
        "@org/auth-storage-file",
      ),
      ...Object.fromEntries([...sourcesOf("storage-file", files).keys()].map((path) => [path, ""])),
    },
    fault: "packages/storage-file/package.json: depends on @org/auth-core, which no file imports",
  },
  {
    title: "the testing package in core's tests",
    files: { "packages/core/package.json": manifestWith({ devDependencies: { "@org/auth-testing": "*" } }) },
    fault: "packages/core/package.json: needs @org/auth-testing for its tests, which is not allowed",
  },
  {
    title: "a package that nobody has given a layer",
    files: { "packages/planted/package.json": manifestWith({}, "@org/auth-planted") },
    fault: "packages/planted: is in no layer",
  },
];

test.for(planted)("what must not be is reported: $title", ({ files: changed, fault }) => {
  expect(layerFaults(files)).not.toContain(fault);
  expect(layerFaults(new Map([...files, ...Object.entries(changed)]))).toContain(fault);
});

test("types may go round in a circle, as nothing of them is left at run time", () => {
  const faults = layerFaults(
    new Map([
      ...files,
      ["packages/core/src/planted-a.ts", `import type { B } from "./planted-b.ts"; export type A = B | undefined;`],
      ["packages/core/src/planted-b.ts", `import type { A } from "./planted-a.ts"; export interface B { a: A }`],
    ]),
  );
  expect(faults.filter((fault) => fault.includes("planted"))).toEqual([]);
});

function manifestWith(fields: object, name = "@org/auth-core"): string {
  return JSON.stringify({ name, ...fields });
}
