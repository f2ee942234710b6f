import { existsSync, globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { apiSnapshot } from "../tools/api-snapshot.ts";
import { errorDocs, errorDocsUrl } from "../tools/error-docs.ts";

const root = new URL("../", import.meta.url);

test.for([
  "README.md",
  "ARCHITECTURE.md",
  "CONTRIBUTING.md",
  "docs/landing-page.md",
  "docs/product-client.md",
  "docs/reference-systems.md",
  "docs/stores.md",
  "docs/testing.md",
])("every path that %s names exists", (name) => {
  const paths = pathsNamedIn(readFileSync(new URL(name, root), "utf8"));
  expect(paths).not.toEqual([]);
  expect(paths.filter((path) => !existsSync(new URL(path, root)))).toEqual([]);
});

test("a path is told from other things in backticks", () => {
  const text =
    "`packages/core/src/fixed.ts`, `tools/`, `vitest.config.ts:3`, `@org/auth-core`, `read`, `a/b`, `packages/*/src`";
  expect(pathsNamedIn(text)).toEqual(["packages/core/src/fixed.ts", "tools/", "vitest.config.ts"]);
});

test("docs/errors.md is the table of error codes; `pnpm docs:errors` writes it", () => {
  expect(readFileSync(errorDocsUrl, "utf8")).toBe(errorDocs());
});

test("docs/api is what the packages export, as they have been built; `pnpm api` writes it", async () => {
  const snapshot = await apiSnapshot();
  expect(snapshot.size).toBeGreaterThan(0);
  const written = globSync(fileURLToPath(new URL("docs/api/*", root)));
  expect(new Map(written.map((path) => [path, readFileSync(path, "utf8")]))).toEqual(snapshot);
});

/** What stands in backticks and looks like a path of this repository, without a line number. */
function pathsNamedIn(markdown: string): readonly string[] {
  const quoted = [...markdown.matchAll(/`([^`\s]+?)(?::\d+)?`/g)].flatMap(([, text]) => text ?? []);
  return quoted.filter((text) =>
    /^(packages|test|tools|docs|demo|bench|examples|\.ci|\.changeset)\/[^*<>{}…]*$|^[\w.-]+\.(ts|md|json|yaml)$/.test(
      text,
    ),
  );
}
