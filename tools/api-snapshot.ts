import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { format } from "prettier";
import { declarationsOf } from "./eslint/declarations-of.ts";

const root = join(import.meta.dirname, "..");

/**
 * All that the published packages export, as they have been built: the text of each file of `docs/api`, by its path. A
 * change of what others build on then shows in a review as a change of these.
 */
export async function apiSnapshot(): Promise<ReadonlyMap<string, string>> {
  const texts = readdirSync(join(root, "packages")).map(async (folder) => {
    const place = join(root, "packages", folder);
    const manifest = JSON.parse(readFileSync(join(place, "package.json"), "utf8")) as Manifest;
    if (manifest.private === true) return undefined;
    const path = join(root, "docs/api", `${manifest.name.slice(manifest.name.indexOf("/") + 1)}.md`);
    return [path, await markdown(manifest, place)] as const;
  });
  return new Map((await Promise.all(texts)).filter((text) => text !== undefined));
}

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly exports: Readonly<Record<string, string | { readonly types: string }>>;
}

async function markdown({ name, exports }: Manifest, place: string): Promise<string> {
  const entries = Object.entries(exports).flatMap(([path, entry]) =>
    typeof entry === "string" ? [] : [{ entry: name + path.slice(1), types: join(place, entry.types) }],
  );
  const declarations = declarationsOf(
    entries.map(({ types }) => types),
    place,
  );
  const known = new Map<string, string>();
  const parts = entries.map(({ entry, types }) => {
    const all = [...(declarations.get(types) ?? [])];
    const again = all.filter(([name, text]) => known.get(name) === text).map(([name]) => `\`${name}\``);
    const fresh = all.filter(([name, text]) => known.get(name) !== text);
    for (const [name, text] of fresh) known.set(name, text);
    return { entry, again, source: fresh.map(([, text]) => text).join("\n\n") };
  });
  const texts = parts.map(async ({ entry, again, source }) => {
    const told = again.length === 0 ? "" : `Also here: ${again.join(", ")}.\n\n`;
    const code = await format(source, { parser: "typescript", printWidth: 120 });
    return `## \`${entry}\`\n\n${told}${code === "" ? "" : `\`\`\`ts\n${code}\`\`\`\n`}`;
  });
  const head = `# The interface of \`${name}\`\n\nWritten by \`pnpm api\` from what has been built.`;
  return [head, ...(await Promise.all(texts))].join("\n\n").replace(/\n{3,}/g, "\n\n");
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  for (const [path, text] of await apiSnapshot()) writeFileSync(path, text);
}
