import { join } from "node:path";
import { build } from "esbuild";

/**
 * Bundles a module's text for browsers, with what has been built of our packages, and gives the code. Rejects when
 * anything in it needs a module of Node's, or any other that is not there.
 */
export async function bundleForBrowser(source: string): Promise<string> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: source, resolveDir: import.meta.dirname, loader: "ts" },
    bundle: true,
    write: false,
    metafile: true,
    format: "esm",
    platform: "browser",
    // Not the sources, which the root's settings of TypeScript name.
    tsconfigRaw: {},
    logLevel: "silent",
    absWorkingDir: join(import.meta.dirname, "../.."),
  });
  const missing = Object.values(metafile.outputs).flatMap(({ imports }) => imports.map(({ path }) => path));
  if (missing.length > 0) throw new Error(`the bundle needs ${missing.join(", ")}`);
  return outputFiles.map(({ text }) => text).join("");
}
