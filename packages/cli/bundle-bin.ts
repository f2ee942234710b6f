/**
 * Bundles the program's entry into `dist/bin.cjs`: one small CommonJS file, which Node starts as fast as an empty
 * program. Every kilobyte is compiled at every start, so what reads a configuration goes into a file of its own that is
 * loaded where there is one.
 */
import { fileURLToPath } from "node:url";
import { build, type BuildOptions, type Plugin } from "esbuild";

const client = fileURLToPath(import.meta.resolve("@org/auth-client/package.json"));

const beside: Plugin = {
  name: "parse-config in a file of its own",
  setup({ onResolve }) {
    onResolve({ filter: /\/parse-config\.ts$/ }, ({ kind }) =>
      kind === "entry-point" ? undefined : { path: "./parse-config.cjs", external: true },
    );
  },
};

const common: BuildOptions = {
  bundle: true,
  platform: "node",
  format: "cjs",
  target: "node22",
  conditions: ["@org/source"],
  external: ["./bin-main.js", "@org/auth-storage-keyring"],
  plugins: [beside],
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
