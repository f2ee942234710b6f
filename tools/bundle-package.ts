/**
 * Makes the JavaScript that a package publishes, as `node ../../tools/bundle-package.ts` in its folder: one file for each
 * entry of its `exports`, with its own modules in it and no other package's, and one for each that is loaded late. Every
 * file that a program loads costs it a third of a millisecond. `tsc` writes the types beside them, module by module.
 */
import { globSync, readFileSync, rmSync } from "node:fs";
import { build, type Plugin } from "esbuild";

interface Manifest {
  readonly exports: Readonly<Record<string, string | { readonly "@org/source": string }>>;
}

const { exports } = JSON.parse(readFileSync("package.json", "utf8")) as Manifest;

/** An entry that imports the main one shares it, and does not cut it in two. */
const mainEntry: Plugin = {
  name: "main entry",
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/index\.ts$/ }, ({ kind }) =>
      kind === "entry-point" ? undefined : { path: "./index.js", external: true },
    );
  },
};

const { metafile } = await build({
  entryPoints: Object.values(exports).flatMap((entry) => (typeof entry === "string" ? [] : [entry["@org/source"]])),
  outdir: "dist",
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "neutral",
  packages: "external",
  external: ["node:*"],
  target: "es2024",
  plugins: [mainEntry],
  metafile: true,
  logLevel: "warning",
});

// What an earlier build has left, not before: whoever runs the package meanwhile finds one of the two.
const made = new Set(Object.keys(metafile.outputs));
for (const path of globSync("dist/**/*.js")) if (!made.has(path.replaceAll("\\", "/"))) rmSync(path, { force: true });
