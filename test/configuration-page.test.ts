import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readConfigFile, siteFields } from "@org/auth-client/source";
import { expect, onTestFinished, test } from "vitest";

const root = new URL("../", import.meta.url);
const page = readFileSync(new URL("docs/configuration.md", root), "utf8");
const product = { name: "org-auth", envPrefix: "ORG_AUTH_" };

test("the page's example is a configuration, and says what the page says of it", async () => {
  const home = mkdtempSync(join(tmpdir(), "org-auth-page-"));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  const example = new URL("examples/sites.toml", root);
  expect(page).toContain(`\`\`\`toml\n${readFileSync(example, "utf8")}\`\`\``);

  const { defaultSite, sites } = await readConfigFile(product, { HOME: home, ORG_AUTH_CONFIG: example.pathname });
  expect(defaultSite).toBe("prod");
  expect([...sites.keys()]).toEqual(["prod", "staging", "odd"]);
  expect(sites.get("staging")).toMatchObject({ clientId: "org-auth-cli", scopes: sites.get("prod")?.scopes });
  for (const site of sites.values()) {
    for (const field of Object.keys(siteFields(site))) expect(page, field).toContain(`\`${field}\``);
  }
});

test("the page names every field that a site can have, and no other", () => {
  const schema = readFileSync(new URL("packages/client/src/parse-config.ts", root), "utf8");
  const table = /const site = v\.strictObject\(\{\n(.*?)\n\}\);/s.exec(schema)?.[1] ?? "";
  const fields = [...table.matchAll(/^ {2}(\w+):/gm)].map(([, name = ""]) => name);
  const rows = page.slice(page.indexOf("| field"), page.indexOf("## Which credential"));
  const named = [...rows.matchAll(/^\| ([^|]+?) +\|/gm)].flatMap(([, cell = ""]) =>
    [...cell.matchAll(/`(\w+)`/g)].map(([, name = ""]) => name),
  );
  expect(fields.length).toBeGreaterThan(20);
  expect(named.sort()).toEqual(fields.sort());
});
