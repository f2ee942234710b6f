/**
 * Makes the JavaScript that a package publishes, as `node ../../tools/bundle-package.ts` in its folder: one file for each
 * entry of its `exports`, with its own modules in it and no other package's, as few as can be for what entries share, and
 * one for each module that is loaded late. Every file that a program loads costs it half a millisecond. `tsc` writes the
 * types beside them, module by module.
 */
import { globSync, readFileSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { rolldown, type Plugin } from "rolldown";

interface Manifest {
  readonly exports: Readonly<Record<string, string | { readonly "@org/source": string }>>;
}

const { exports } = JSON.parse(readFileSync("package.json", "utf8")) as Manifest;
const entries = Object.values(exports).flatMap((entry) => (typeof entry === "string" ? [] : [entry["@org/source"]]));

/** An entry that imports the main one loads it, and does not cut it in two. */
const mainEntry: Plugin = {
  name: "main entry",
  resolveId: (source, importer) =>
    source === "./index.ts" && importer !== undefined ? { id: "./index.js", external: "relative" } : undefined,
};

const bundle = await rolldown({
  input: Object.fromEntries(entries.map((path) => [basename(path, ".ts"), path])),
  external: (id, _importer, isResolved) => !isResolved && !/^\.{1,2}\//.test(id),
  platform: "neutral",
  plugins: [mainEntry],
  onLog: (level, log) => {
    // A module that some load late, and others at once.
    if (log.code !== "INEFFECTIVE_DYNAMIC_IMPORT") throw new Error(`${level}: ${log.message}`);
  },
});
const { output } = await bundle.write({
  dir: "dist",
  chunkFileNames: "[name]-[hash].js",
  comments: { jsdoc: false, legal: true, annotation: true },
});

// What an earlier build has left, not before: whoever runs the package meanwhile finds one of the two.
const made = new Set(output.map(({ fileName }) => join("dist", fileName)));
for (const path of globSync("dist/**/*.js")) if (!made.has(path)) rmSync(path, { force: true });
