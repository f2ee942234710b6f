import * as fc from "fast-check";
import { expect, test } from "vitest";
import { editToml } from "../src/config-edit/edit-toml.ts";
import { keyText, parseTable, valueText } from "../src/config-edit/toml-text.ts";
import { isSame, isTable, withValueAt, type TomlTable, type TomlValue } from "../src/config-edit/toml-value.ts";

/** The text where what stands at these paths is replaced. */
function edited(text: string, ...changes: readonly (readonly [path: string, value?: TomlValue])[]): string | undefined {
  const wanted = changes.reduce((table, [path, value]) => withValueAt(table, path.split("."), value), parseTable(text));
  return editToml(text, wanted);
}

const config = `# Ours.

default_site = "prod" # which

# About prod.
[sites.prod] # the real one
issuer = "https://id.example.com"   # the server
client_id = "cli"
# What we ask for.
scopes = [
  "openid", # who
  "api:read"  # reading
]

# About test.
[sites.test]
base = "prod"
issuer = 'https://test.example.com'
# proxy = "http://127.0.0.1:3128"
`;

test("B.1-36 a value is replaced where it stands, and all else stays as it is", () => {
  expect(edited(config, ["sites.prod.issuer", "https://new.example.com"])).toBe(
    config.replace('"https://id.example.com"', '"https://new.example.com"'),
  );
  const crlf = config.replaceAll("\n", "\r\n");
  expect(edited(`\ufeff${crlf}`, ["default_site", "test"])).toBe(
    `\ufeff${crlf.replace('site = "prod"', 'site = "test"')}`,
  );
});

test("B.1-36 a field is added behind the last one of its table, not to the comments of the next", () => {
  expect(edited(config, ["sites.prod.dpop", true])).toBe(config.replace(/^\]$/m, "]\ndpop = true"));
  expect(edited(config, ["sites.test.redirect", { host: "localhost", ports: [1, 2] }])).toBe(
    config.replace(/^(issuer = 'https:.*)$/m, '$1\nredirect = { host = "localhost", ports = [1, 2] }'),
  );
});

test("B.1-36 an item is added to a list of several lines, and every comment stays behind its item", () => {
  expect(edited(config, ["sites.prod.scopes", ["openid", "api:read", "api:write"]])).toBe(
    config.replace('"api:read"  # reading', '"api:read",  # reading\n  "api:write"'),
  );
  const comma = config.replace('"api:read"  ', '"api:read",');
  expect(edited(comma, ["sites.prod.scopes", ["openid", "api:read", "a", "b"]])).toBe(
    comma.replace("# reading", '# reading\n  "a",\n  "b",'),
  );
  const closed = '[sites.a]\nscopes = ["openid",\n  "x"]\n';
  expect(edited(closed, ["sites.a.scopes", ["openid", "x", "y"]])).toBe(
    '[sites.a]\nscopes = ["openid",\n  "x",\n  "y"]\n',
  );
});

test("B.1-36 comments within a list that is replaced go above it", () => {
  expect(edited(config, ["sites.prod.scopes", ["email"]])).toBe(
    config.replace(/^scopes = \[[^]*?^\]/m, '# who\n# reading\nscopes = ["email"]'),
  );
});

test("B.1-36 a site is added at the end, with a header of its own", () => {
  expect(edited(config, ["sites.new", { issuer: "https://new.example.com", scopes: ["a"] }])).toBe(
    `${config}\n[sites.new]\nissuer = "https://new.example.com"\nscopes = ["a"]\n`,
  );
  expect(edited("[sites.a]\r\nissuer = 'a'", ["sites.a b", { issuer: "b" }])).toBe(
    `[sites.a]\r\nissuer = 'a'\r\n\r\n[sites."a b"]\r\nissuer = "b"\r\n`,
  );
  expect(edited("", ["sites.a", { issuer: "a" }])).toBe('[sites.a]\nissuer = "a"\n');
});

test("B.1-36 what was not there stands before the first header, and not within its comments", () => {
  const without = config.replace(/^default_site.*\n\n/m, "");
  expect(edited(without, ["default_site", "prod"])).toBe(
    without.replace("# About prod.", 'default_site = "prod"\n\n# About prod.'),
  );
  expect(edited("# Ours.\n[sites.a]\n", ["default_site", "a"])).toBe('# Ours.\ndefault_site = "a"\n\n[sites.a]\n');
  expect(edited("\ufeff[sites.a]\n", ["default_site", "a"])).toBe('\ufeffdefault_site = "a"\n\n[sites.a]\n');
  expect(edited("# Ours.\n", ["default_site", "a"])).toBe('# Ours.\ndefault_site = "a"\n');
});

test("B.1-36 a site that is removed takes along its comments, and no other's", () => {
  expect(edited(config, ["sites.prod"])).toBe(config.replace(/^# About prod[^]*(?=^# About test)/m, ""));
  expect(edited(config, ["sites.test"])).toBe(config.replace(/^# About test[^]*(?=^# proxy)/m, ""));
  expect(edited("[sites.a]\nissuer = 'a'\n\n[sites.b]\n", ["sites.a"])).toBe("[sites.b]\n");
  const below = '# Ours.\n\n[sites.a]\nissuer = "a"\n\n[sites.a.redirect]\n# Its path.\npath = "/p"\n\n[sites.b]\n';
  expect(edited(below, ["sites.a"])).toBe("# Ours.\n\n[sites.b]\n");
});

test("B.1-36 the comment that a file begins with stays, whatever stands below it", () => {
  expect(edited("# Ours.\ndefault_site = 'a'\n\n[sites.a]\n", ["default_site"])).toBe("# Ours.\n\n[sites.a]\n");
});

test("B.1-36 sites are changed however they are written", () => {
  for (const [text, changed] of [
    ["sites.a.issuer = 'a' # one\n", `sites.a.issuer = 'a' # one\nsites.a.client_id = "x"\n`],
    ["sites = { a = { issuer = 'a' } } # one\n", `sites = { a = { issuer = "a", client_id = "x" } } # one\n`],
    ["[sites]\n  a.issuer = 'a'\n", `[sites]\n  a.issuer = 'a'\n  a.client_id = "x"\n`],
    ["[sites]\na = { issuer = 'a' }\n", `[sites]\na = { issuer = "a", client_id = "x" }\n`],
    ["[sites.a.redirect]\npath = '/'\n", `[sites.a.redirect]\npath = '/'\n\n[sites.a]\nclient_id = "x"\n`],
    ["[sites]\na.redirect.path = '/'\n", `[sites]\na.redirect.path = '/'\na.client_id = "x"\n`],
    ["\t[ sites . 'a' ] # one\n", `\t[ sites . 'a' ] # one\n\tclient_id = "x"\n`],
  ] as const) {
    expect(edited(text, ["sites.a.client_id", "x"])).toBe(changed);
  }
});

test("B.1-36 a text that cannot be changed safely is left alone", () => {
  expect(edited("[[others]]\na = 1\n", ["sites.a.client_id", "x"])).toBeUndefined();
});

// Whole files of every shape. A comment says whose it is, so that one can tell who may take it along.

const names = fc.oneof(
  fc.constantFrom("a", "b-c", "1", "a.b", "é", "x y", "__proto__", "constructor", 'q"q', "]", "#", "="),
  fc.string({ unit: "binary" }).filter((name) => name.isWellFormed()),
);
const words = fc.string({ unit: "binary", maxLength: 12 }).filter((word) => word.isWellFormed());
const texts = fc.oneof(words, fc.constantFrom("# no comment", '"""', "'", "\\", "[a]", "a = 1", "\r\n", "\x7f", ""));
const simple: fc.Arbitrary<TomlValue> = fc.oneof(texts, fc.integer(), fc.boolean());
const values: fc.Arbitrary<TomlValue> = fc.oneof(
  simple,
  fc.array(texts, { maxLength: 4 }),
  fc.array(fc.tuple(fc.constantFrom("host", "path", "p.q"), simple), { minLength: 1 }).map(tableOf),
);
const fieldNames = fc.constantFrom("issuer", "client_id", "scopes", "redirect", "landing");

function tableOf(entries: readonly (readonly [string, TomlValue])[]): TomlTable {
  return Object.fromEntries(entries);
}

/** The same value as people write it. */
function writtenValue(value: TomlValue, style: number, owner: string): string {
  if (Array.isArray(value) && style % 2 === 1) {
    const items = value.map((item: TomlValue, index) => `\n\t${valueText(item)}, # ${owner} item ${index}`);
    return `[${items.join("")}\n]`;
  }
  if (typeof value === "string" && style % 3 === 1) return `"""${valueText(value).slice(1, -1)}"""`;
  if (typeof value === "string" && style % 3 === 2 && /^[ -&(-~]*$/.test(value)) return `'${value}'`;
  return valueText(value);
}

const layouts = fc.record({
  style: fc.nat({ max: 5 }),
  commentsAbove: fc.nat({ max: 2 }),
  hasBlankAbove: fc.boolean(),
  indent: fc.constantFrom("", "  ", "\t"),
});
type Layout = typeof layouts extends fc.Arbitrary<infer Value> ? Value : never;

function entry(key: string, value: TomlValue, { style, commentsAbove, indent }: Layout, owner: string): string {
  const above = Array.from({ length: commentsAbove }, (_, index) => `${indent}# ${owner} above ${index}\n`);
  return `${above.join("")}${indent}${key} = ${writtenValue(value, style, owner)} # ${owner} behind\n`;
}

const sites = fc.record({
  name: names,
  fields: fc.uniqueArray(fc.tuple(fieldNames, values, layouts), { selector: ([field]) => field, minLength: 1 }),
  form: fc.constantFrom("dotted", "inline", "section", "section with tables"),
  layout: layouts,
});
type SiteShape = typeof sites extends fc.Arbitrary<infer Value> ? Value : never;

/** A site's lines, and whether they have a header of their own. Those that have none stand below `prefix`. */
function writtenSite(
  { name, fields, form, layout }: SiteShape,
  number: number,
  prefix: readonly string[],
): { readonly hasHeader: boolean; readonly text: string } {
  const owner = `site ${number}`;
  if (form === "inline") {
    const table = tableOf(fields.map(([field, value]) => [field, value]));
    return { hasHeader: false, text: entry(keyText([...prefix, name]), table, { ...layout, style: 0 }, owner) };
  }
  const isBelow = (value: TomlValue): value is TomlTable => form === "section with tables" && isTable(value);
  const lines = fields.map(([field, value, fieldLayout]) => {
    if (isBelow(value)) return "";
    const path = form === "dotted" ? [...prefix, name, field] : [field];
    return entry(keyText(path), value, fieldLayout, `${owner} ${field}`);
  });
  if (form === "dotted") return { hasHeader: false, text: lines.join("") };
  const tables = fields.map(([field, value]) => {
    if (!isBelow(value)) return "";
    const inside = Object.entries(value).map(([inner, below]) => `${keyText([inner])} = ${valueText(below)}\n`);
    return `\n[${keyText(["sites", name, field])}] # ${owner} ${field} header\n${inside.join("")}`;
  });
  const above = Array.from({ length: layout.commentsAbove }, (_, index) => `# ${owner} above ${index}\n`);
  const header = `${layout.indent}[${keyText(["sites", name])}] # ${owner} header\n`;
  const gap = layout.hasBlankAbove ? "\n\n" : "\n";
  return { hasHeader: true, text: [`\n# free ${number}\n`, gap, ...above, header, ...lines, ...tables].join("") };
}

const files = fc
  .record({
    sites: fc.uniqueArray(sites, { selector: ({ name }) => name, maxLength: 4 }),
    defaultSite: fc.option(texts, { nil: undefined }),
    hasHead: fc.boolean(),
    lineEnd: fc.constantFrom("\n", "\r\n"),
    hasMark: fc.boolean(),
    endsOpen: fc.boolean(),
    hasSitesHeader: fc.boolean(),
  })
  .map(({ sites, defaultSite, hasHead, lineEnd, hasMark, endsOpen, hasSitesHeader }) => {
    const written = sites.map((site, number) => writtenSite(site, number, hasSitesHeader ? [] : ["sites"]));
    const textOf = (wanted: boolean): string => {
      return written.flatMap(({ hasHeader, text }) => (hasHeader === wanted ? [text] : [])).join("");
    };
    const text = [
      hasHead ? "# free head\n" : "",
      defaultSite === undefined ? "" : `default_site = ${valueText(defaultSite)} # default\n`,
      hasSitesHeader ? "\n[sites] # free header\n" : "",
      textOf(false),
      textOf(true),
      "# free end\n",
    ].join("");
    const ended = (endsOpen ? text.slice(0, -1) : text).replaceAll("\n", lineEnd);
    return { text: (hasMark ? "\ufeff" : "") + ended, sites };
  });

/** A change, and whose comments may go with it. */
interface Edit {
  readonly path: readonly string[];
  readonly value?: TomlValue;
  readonly mayTake: RegExp;
}

const none = /^$/;

function editsOf({ sites }: { readonly sites: readonly SiteShape[] }): fc.Arbitrary<readonly Edit[]> {
  const added = fc
    .record({ name: names, fields: fc.array(fc.tuple(fieldNames, values), { minLength: 1 }) })
    .filter(({ name }) => sites.every((site) => site.name !== name))
    .map(({ name, fields }): Edit => ({ path: ["sites", name], value: tableOf(fields), mayTake: none }));
  const byDefault = fc
    .option(texts, { nil: undefined })
    .map((value): Edit =>
      value === undefined
        ? { path: ["default_site"], mayTake: /^# default$/ }
        : { path: ["default_site"], value, mayTake: none },
    );
  const ofSites = sites.flatMap(({ name, fields }, number) => [
    fc.tuple(fieldNames, values).map(([field, value]): Edit => {
      // A table that becomes something else has no header any more.
      return { path: ["sites", name, field], value, mayTake: new RegExp(`^# site ${number} ${field} header`) };
    }),
    fc.constant<Edit>({ path: ["sites", name], mayTake: new RegExp(`^# site ${number} `) }),
    ...fields.map(([field]) =>
      fc.constant<Edit>({ path: ["sites", name, field], mayTake: new RegExp(`^# site ${number} ${field} `) }),
    ),
  ]);
  return fc.array(fc.oneof(added, byDefault, ...ofSites), { minLength: 1, maxLength: 3 });
}

test("B.1-36 whatever a file looks like, after a change it says what is wanted, and no other comment is lost or moved", () => {
  const cases = files.chain((file) => editsOf(file).map((edits) => ({ text: file.text, edits })));
  fc.assert(
    fc.property(cases, ({ text, edits }) => {
      const wanted = edits.reduce((table, { path, value }) => withValueAt(table, path, value), parseTable(text));
      const result = editToml(text, wanted);
      expect(result).toBeDefined();
      expect(isSame(parseTable(result ?? ""), wanted)).toBe(true);
      const staying = commentsOf(text).filter((comment) => !edits.some(({ mayTake }) => mayTake.test(comment)));
      // In the same order, too.
      expect(commentsOf(result ?? "").filter((comment) => staying.includes(comment))).toEqual(staying);
    }),
    { numRuns: 500 },
  );
});

/** Each of ours is known by how it begins, and no text in a value begins a line's rest so. */
function commentsOf(text: string): string[] {
  return text.match(/# (free|site \d|default)[^\r\n]*/g) ?? [];
}
