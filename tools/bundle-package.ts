/**
 * Makes the JavaScript that a package publishes, as `node ../../tools/bundle-package.ts` in its folder: one file for each
 * entry of its `exports`, with its own modules in it and no other package's, one or two for what the main entry shares
 * with them, and one for each module that is loaded late. Every file that a program loads costs it half a millisecond. `tsc`
 * writes the types beside them, module by module.
 */
import { globSync, readFileSync, rmSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { rolldown, type ChunkingContext, type Plugin } from "rolldown";

interface Manifest {
  readonly exports: Readonly<Record<string, string | { readonly "@org/source": string }>>;
}

const { exports } = JSON.parse(readFileSync("package.json", "utf8")) as Manifest;
const entries = Object.values(exports).flatMap((entry) =>
  typeof entry === "string" ? [] : [resolve(entry["@org/source"])],
);
const main = resolve("src/index.ts");

/** An entry that imports the main one loads it, and does not cut it in two. */
const mainEntry: Plugin = {
  name: "main entry",
  resolveId: (source, importer) =>
    source === "./index.ts" && importer !== undefined ? { id: "./index.js", external: "relative" } : undefined,
};

/** All that an entry loads at once. */
function loadedBy(entry: string, context: ChunkingContext): ReadonlySet<string> {
  const loaded = new Set([entry]);
  for (const id of loaded) for (const imported of context.getModuleInfo(id)?.importedIds ?? []) loaded.add(imported);
  return loaded;
}

/**
 * The entry that loads a module, and nothing that the main one does not. Such an entry, which may be one for browsers,
 * gets a file with its own modules alone: a bundler follows all that a file imports, also late.
 */
function lesserEntryOf(id: string, context: ChunkingContext): string | null {
  const byMain = loadedBy(main, context);
  const lesser = entries.find((entry) => {
    const byEntry = loadedBy(entry, context);
    return entry !== main && byEntry.has(id) && [...byEntry].every((loaded) => byMain.has(loaded));
  });
  return lesser === undefined ? null : basename(lesser, ".ts");
}

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
  codeSplitting: {
    groups: [
      { debugName: "lesser entry", name: lesserEntryOf, priority: 1 },
      {
        debugName: "shared",
        name: (id, context) => (id !== main && loadedBy(main, context).has(id) ? "shared" : null),
        minShareCount: 2,
      },
    ],
  },
});

// What an earlier build has left, not before: whoever runs the package meanwhile finds one of the two.
const made = new Set(output.map(({ fileName }) => join("dist", fileName)));
for (const path of globSync("dist/**/*.js")) if (!made.has(path)) rmSync(path, { force: true });
