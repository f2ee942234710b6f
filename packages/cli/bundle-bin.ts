/**
 * Bundles the program's entry into `dist/bin.cjs`: one small CommonJS file, which Node starts as fast as an empty
 * program. Every kilobyte is compiled at every start, so what reads a configuration goes into a file of its own that is
 * loaded where there is one.
 */
import { fileURLToPath } from "node:url";
import { build, type BuildOptions, type Plugin } from "esbuild";

const client = fileURLToPath(import.meta.resolve("@org/auth-client/package.json"));

/** What is not on the way of every start goes into files of its own. */
const beside: Plugin = {
  name: "files of their own",
  setup({ onResolve }) {
    onResolve({ filter: /\/(parse-config|sealed-token)\.ts$/ }, ({ kind, path }) =>
      kind === "entry-point" ? undefined : { path: path.replace(/^.*\/(.+)\.ts$/, "./$1.cjs"), external: true },
    );
  },
};

/** The native module belongs to the package that uses it, and is looked for from there. */
const native: Plugin = {
  name: "native module",
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^@napi-rs\/keyring$/ }, ({ path }) => ({ path, namespace: "native" }));
    onLoad({ filter: /.*/, namespace: "native" }, ({ path }) => ({
      contents: `
        const { createRequire } = require("node:module");
        module.exports = createRequire(require.resolve("@org/auth-storage-keyring/package.json"))("${path}");`,
    }));
  },
};

const common: BuildOptions = {
  bundle: true,
  platform: "node",
  format: "cjs",
  target: "node22",
  conditions: ["@org/source"],
  external: ["./bin-main.js", "@org/auth-storage-keyring/package.json"],
  plugins: [beside, native],
  // The keyring in a child process is for the whole program.
  define: { "import.meta.url": "undefined" },
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: "eof",
  logLevel: "warning",
  absWorkingDir: import.meta.dirname,
};

await build({ ...common, entryPoints: ["src/bin.ts"], outfile: "dist/bin.cjs" });
await build({
  ...common,
  entryPoints: [client.replace("package.json", "src/parse-config.ts")],
  outfile: "dist/parse-config.cjs",
});
await build({
  ...common,
  entryPoints: ["src/sealed-token.ts"],
  outfile: "dist/sealed-token.cjs",
});
