/**
 * Bundles the program's entry into `dist/bin.cjs`: one small CommonJS file, which Node starts as fast as an empty
 * program. Every kilobyte is compiled at every start, so what is needed only where there are settings, or for a sealed
 * login, goes into files of its own that are loaded there.
 */
import { build, type Plugin } from "esbuild";

/** What is required late is a bundle beside this one. What is imported late is no part of it, unless it is `needed`. */
function late(needed?: string): Plugin {
  return {
    name: "late",
    setup({ onResolve }) {
      onResolve({ filter: /./ }, ({ kind, path }) => {
        if (kind === "require-call") return { path: path.replace(/\.ts$/, ".cjs"), external: true };
        return kind === "dynamic-import" && path !== needed ? { path, external: true } : undefined;
      });
    },
  };
}

/** Each of Node's modules is required once, not by each file that imports it: the second time costs, too. */
const once: Plugin = {
  name: "once",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:/ }, ({ kind, path }) =>
      kind === "import-statement" ? { path, namespace: "once", sideEffects: false } : undefined,
    );
    onLoad({ filter: /./, namespace: "once" }, async ({ path }) => {
      const names = Object.keys((await import(path)) as object).filter((name) => name !== "default");
      const exports = names.map((name) => `export const ${name} = /* @__PURE__ */ get("${name}");`);
      return { contents: `const all = require("${path}");\nconst get = (name) => all[name];\n${exports.join("\n")}` };
    });
  },
};

for (const [name, needed] of [
  ["bin"],
  ["load-bin-main"],
  // Nearly always there is a configuration to parse.
  ["meant-login", "./parse-config.ts"],
  ["sealed-token"],
] as const) {
  await build({
    entryPoints: [`src/${name}.ts`],
    outfile: `dist/${name}.cjs`,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node22",
    conditions: ["@org/source"],
    plugins: [late(needed), once],
    // The keyring in a child process is for the whole program.
    define: { "import.meta.dirname": "__dirname", "import.meta.url": "undefined" },
    minify: true,
    legalComments: "eof",
    logLevel: "warning",
    absWorkingDir: import.meta.dirname,
  });
}
