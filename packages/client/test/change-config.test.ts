import { existsSync, lstatSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseTable } from "../src/config-edit/toml-text.ts";
import {
  addSite,
  allowOrigin,
  changeConfig,
  modifySite,
  parseFieldChange,
  planConfigChange,
  readConfigFile,
  removeSite,
  shownConfig,
  shownValue,
  siteFields,
  type ConfigChange,
  type FieldChange,
  type Product,
  type SiteChange,
} from "../src/source.ts";
import { rejection, tempFolder } from "./surroundings.ts";

const issuer = "https://id.example.com";
const plain: Product = { name: "acme", envPrefix: "ACME_" };
const ours: Product = {
  ...plain,
  sites: { ours: { issuer, clientId: "ours", allowedOrigins: ["https://a.example.com"] } },
};

const two = `# Mine.

default_site = "prod"

# The real one.
[sites.prod]
issuer = "${issuer}" # here
client_id = "cli"
api_url = "https://api.example.com/v1"
allowed_origins = ["https://files.example.com"]

[sites.test]
base = "prod"
client_id = "test-cli"
`;

/** A home folder with that configuration, and what changes it. */
function home(text?: string, product = plain) {
  const folder = tempFolder();
  const path = join(folder, "own", "config.toml");
  const env = { HOME: folder, ACME_CONFIG: path };
  const change = (wanted: ConfigChange) => changeConfig(product, env, wanted);
  if (text !== undefined) {
    writeFileSync(join(folder, "config.toml"), text, { mode: 0o644 });
    env.ACME_CONFIG = join(folder, "config.toml");
  }
  return { folder, env, path: env.ACME_CONFIG, product, change, read: () => readFileSync(env.ACME_CONFIG, "utf8") };
}

function site(name: string, fields: Readonly<Record<string, FieldChange["value"]>> = {}): SiteChange {
  const all = { issuer, client_id: "cli", ...fields };
  return { name, fields: Object.entries(all).map(([field, value]) => ({ path: [field], value })) };
}

test("B.1-36 the first site is the default, in a file that only its owner can read", async () => {
  const { path, change, read } = home();
  expect(await change(addSite(site("one")))).toMatchObject({ path, isWritten: true, backup: undefined });
  expect(read()).toBe(`default_site = "one"\n\n[sites.one]\nissuer = "${issuer}"\nclient_id = "cli"\n`);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(statSync(join(path, "..")).mode & 0o777).toBe(0o700);
});

test("B.1-36 a site more does not change which is the default, unless it is asked for", async () => {
  const implied = home(`[sites.one]\nissuer = "${issuer}"\nclient_id = "cli"\n`);
  await implied.change(addSite(site("two")));
  expect((await readConfigFile(plain, implied.env)).defaultSite).toBe("one");
  await implied.change(addSite({ ...site("three"), isDefault: true }));
  expect((await readConfigFile(plain, implied.env)).defaultSite).toBe("three");

  const none = home(two.replace(/^default_site.*\n/m, ""));
  await none.change(addSite(site("three")));
  expect((await readConfigFile(plain, none.env)).defaultSite).toBeUndefined();

  const product = home(undefined, { ...ours, defaultSite: "ours" });
  await product.change(addSite(site("mine")));
  expect(product.read()).not.toContain("default_site");
});

test("B.1-36 a name that is there already is refused, and nothing is written", async () => {
  const { change, read, folder } = home(two);
  expect(await rejection(change(addSite(site("prod"))))).toMatchObject({ code: "config_unchanged" });
  expect(await rejection(home(undefined, ours).change(addSite(site("ours"))))).toMatchObject({
    code: "config_unchanged",
    message: expect.stringContaining("in what comes with acme"),
  });
  expect(read()).toBe(two);
  expect(existsSync(join(folder, "config.backup.toml"))).toBe(false);
});

test("B.1-36 what the file was is kept beside it, with comments and order as they were in the new one", async () => {
  const { change, read, folder, path } = home(two);
  const backup = join(folder, "config.backup.toml");
  const fields = [{ path: ["issuer"], value: "https://new.example.com" }, { path: ["api_url"] }];
  expect(await change(modifySite({ name: "prod", fields }))).toMatchObject({ backup });
  expect(read()).toBe(two.replace(issuer, "https://new.example.com").replace(/^api_url.*\n/m, ""));
  expect(readFileSync(backup, "utf8")).toBe(two);
  for (const file of [path, backup]) expect(statSync(file).mode & 0o777).toBe(0o600);
});

test("B.1-36 a change that changes nothing writes nothing", async () => {
  const { change, folder } = home(two);
  const same = modifySite({ name: "prod", fields: [{ path: ["client_id"], value: "cli" }], isDefault: true });
  expect(await change(same)).toMatchObject({ isWritten: false });
  expect(await change(allowOrigin("prod", "https://api.example.com"))).toMatchObject({ isWritten: false });
  expect(existsSync(join(folder, "config.backup.toml"))).toBe(false);
});

test("B.1-36 the only site stays, and when the default one goes another takes its place", async () => {
  const { change, read, env } = home(two.replace('base = "prod"', `issuer = "${issuer}"`));
  await change(removeSite("prod"));
  expect(read()).toBe(
    `# Mine.\n\ndefault_site = "test"\n\n[sites.test]\nissuer = "${issuer}"\nclient_id = "test-cli"\n`,
  );
  expect(await rejection(change(removeSite("test")))).toMatchObject({ code: "config_unchanged" });
  expect([...(await readConfigFile(plain, env)).sites.keys()]).toEqual(["test"]);

  const product = home(undefined, ours);
  expect(await rejection(product.change(removeSite("ours")))).toMatchObject({ code: "config_unchanged" });
  await product.change(addSite({ ...site("mine"), isDefault: true }));
  await product.change(modifySite({ name: "ours", fields: [{ path: ["dpop"], value: true }] }));
  await product.change(removeSite("mine"));
  expect(parseTable(product.read())).toEqual({ default_site: "ours", sites: { ours: { dpop: true } } });
  await product.change(removeSite("ours"));
  expect(parseTable(product.read())).toEqual({ default_site: "ours" });
});

test("B.1-36 what a product's site is without the file stays the default, if it was", async () => {
  const site = { issuer, clientId: "x" };
  const { change, read } = home('default_site = "b"\n[sites.b]\ndpop = true\n', {
    ...plain,
    sites: { a: site, b: site },
  });
  await change(removeSite("b"));
  expect(parseTable(read())).toEqual({ default_site: "b" });
});

test("B.1-36 a site that another one needs is not removed", async () => {
  const { change, read } = home(two);
  const error = await rejection(change(removeSite("prod")));
  expect(error).toMatchObject({ code: "config_invalid", message: expect.stringContaining("sites.test.base: ") });
  expect(read()).toBe(two);
});

test("B.1-36 of a site that the product brings along only what is changed is written", async () => {
  const { change, read, env } = home(undefined, ours);
  await change(modifySite({ name: "ours", fields: [{ path: ["client_id"], value: "mine" }] }));
  expect(read()).toBe('[sites.ours]\nclient_id = "mine"\n');
  expect((await readConfigFile(ours, env)).sites.get("ours")).toMatchObject({ issuer, clientId: "mine" });
});

test("an origin is added to those that tokens may go to already, wherever they are said", async () => {
  const { change, env } = home(two);
  await change(allowOrigin("test", "https://b.example.com"));
  const { sites } = await readConfigFile(plain, env);
  expect(sites.get("test")?.allowedOrigins).toEqual(["https://files.example.com", "https://b.example.com"]);
  expect(sites.get("prod")?.allowedOrigins).toEqual(["https://files.example.com"]);

  const product = home(undefined, ours);
  await product.change(allowOrigin("ours", "https://b.example.com"));
  expect(product.read()).toContain('allowed_origins = ["https://a.example.com", "https://b.example.com"]');
});

test("B.1-36 no address with a password or a secret parameter in it is written, and no secret parameter", async () => {
  const { change, read } = home(two);
  for (const [path, value] of [
    [["proxy"], "http://ana:canary@proxy.example.com"],
    [["proxy"], "ana:canary@proxy.example.com:3128"],
    [["proxy"], "http://us'er:PW'canary@proxy.example.com:1"],
    [["proxy"], 'http://us er:PW"ca nary@proxy.example.com:1'],
    [["proxy"], "canary@proxy.example.com"],
    [["proxy"], "http:ana:canary@proxy.example.com"],
    [["proxy"], "http:\\\\ana:canary@proxy.example.com"],
    [["proxy"], "http://proxy.example.com/?access_token=canary"],
    [["api_url"], "https://api.example.com/v1?x=1&api%5Fkey=canary"],
    [["endpoints"], { token: "https://id.example.com/token?client_secret=canary" }],
    [["authorization_parameters"], { prompt: "login", client_secret: "canary" }],
    [["authorization_parameters", "id_token_hint"], "canary"],
    [["api_url"], "https://canary@api.example.com"],
    [["landing"], { success: "https://a.example.com", error: "https://ana:canary@b.example.com" }],
    [["allowed_origins"], ["https://ana:canary@a.example.com"]],
  ] as const) {
    const fields = [{ path, value }];
    for (const change_ of [addSite({ name: "new", fields }), modifySite({ name: "prod", fields })]) {
      const error = await rejection(change(change_));
      expect(error).toMatchObject({ code: "config_invalid", message: expect.stringContaining(path.join(".")) });
    }
  }
  expect(read()).toBe(two);
});

test("4.7-85 an address that is not http: or https:, or has a line end or a blank in it, is not written", async () => {
  const { change, read } = home(two);
  for (const [field, value] of [
    ["proxy", "javascript:canary"],
    ["proxy", "javascript://canary"],
    ["proxy", "file:///canary"],
    ["proxy", "socks5://canary.example.com"],
    ["issuer", "https://id.example.com\n"],
    ["issuer", " https://id.example.com"],
    ["api_url", "https://api.exa\tmple.com"],
  ] as const) {
    const error = await rejection(change(modifySite({ name: "prod", fields: [{ path: [field], value }] })));
    expect(error, value).toMatchObject({ code: "config_invalid", message: expect.stringContaining(`prod.${field}: `) });
    expect(error.message).not.toContain("canary");
  }
  expect(read()).toBe(two);
});

test("a configuration is shown without the secrets that somebody has written into it, and else as it is", async () => {
  for (const [text, shown] of [
    ['proxy = "http://ana:canary@proxy.example.com:3128"', 'proxy = "http://***@proxy.example.com:3128"'],
    ["proxy = 'ana:can@ary@proxy.example.com'", 'proxy = "***@proxy.example.com"'],
    ["proxy = \"http://us'er:PW'canary@h:1\" # mine", 'proxy = "http://***@h:1" # mine'],
    ['proxy = "http://us\\"er:ca nary@h:1"', 'proxy = "http://***@h:1"'],
    ['proxy = "http://us\\u0065r:canary@h:1"', 'proxy = "http://***@h:1"'],
    ['proxy = """\nana:canary@h:1"""', 'proxy = "***@h:1"'],
    ["proxy = 'canary@h:1'", 'proxy = "***@h:1"'],
    ["api_url = 'https://canary@api.example.com/@x'", 'api_url = "https://***@api.example.com/@x"'],
    [
      'resources = ["https://a/", "https://b/?token=canary&x=1#y"]',
      'resources = ["https://a/", "https://b/?token=***&x=1#y"]',
    ],
    [
      'authorization_parameters = { "client_secret" = "canary", prompt = "login" }',
      'authorization_parameters = { "client_secret" = "***", prompt = "login" }',
    ],
    ["# proxy = \"http://us'er:PW'canary@h:1\"", '# proxy = "http://***@h:1"'],
    ["# or ana:canary@h:1, see https://h/?token=canary", "# or ***@h:1, see https://h/?token=***"],
    ["client_id = 'x' # ask ana@example.com", "client_id = 'x' # ask ana@example.com"],
    [
      'authorization_parameters.login_hint = "ana@example.com"',
      'authorization_parameters.login_hint = "ana@example.com"',
    ],
  ] as const) {
    const [before, after] = [`# "one\n[sites.a]\n`, "\ndpop = true\n"];
    expect(await shownConfig(before + text + after)).toBe(before + shown + after);
  }
  expect(await shownConfig(two)).toBe(two);
});

test("a site's fields are shown without secrets", () => {
  const site = { authorization_parameters: { prompt: "login", api_key: "canary" }, proxy: "canary@h:1", dpop: true };
  expect(shownValue(site)).toEqual({
    authorization_parameters: { prompt: "login", api_key: "***" },
    proxy: "***@h:1",
    dpop: true,
  });
});

test("4.7-85 a change that would make the file invalid names the field and writes nothing", async () => {
  const { change, read } = home(two);
  for (const [field, value] of [
    ["clientid", "canary"],
    ["client_secret", "canary"],
    ["scopes", "openid canary"],
    ["dpop", "canary"],
    ["refresh_early_seconds", Number.NaN],
    ["refresh_early_seconds", Number.POSITIVE_INFINITY],
    ["issuer", "id.canary.example"],
    ["base", "canary"],
  ] as const) {
    const error = await rejection(change(modifySite({ name: "prod", fields: [{ path: [field], value }] })));
    expect(error).toMatchObject({ code: "config_invalid" });
    expect(error.message).toContain(`config.toml after this change: sites.prod.${field}: `);
  }
  expect(read()).toBe(two);
});

test("a site or a field that is not there is told, with what is", async () => {
  const { change } = home(two);
  for (const wanted of [removeSite("pro"), modifySite(site("pro")), allowOrigin("pro", "https://b.example.com")])
    expect(await rejection(change(wanted))).toMatchObject({ code: "config_invalid", hint: "use one of: prod, test" });
  const unset = modifySite({ name: "prod", fields: [{ path: ["redirect", "path"] }] });
  expect(await rejection(change(unset))).toMatchObject({
    message: expect.stringContaining("sites.prod.redirect.path"),
  });
});

test("4.7-84 a file that is not valid, or not text, is left as it is", async () => {
  for (const [text, at] of [
    ["[sites.prod\n", ":1:12: this is not TOML"],
    ["default_site = 'a'\ndefault_site = 'b'\n", ":2:1: this is not TOML"],
    [two.replace("base", "bas"), ": sites.test.bas: there is no such field"],
  ] as const) {
    const { change, read, path } = home(text);
    const error = await rejection(change(addSite(site("new"))));
    expect(error).toMatchObject({ code: "config_invalid", message: `${path}${at}` });
    expect(read()).toBe(text);
  }
  const { change, path } = home(two);
  const bytes = Buffer.concat([Buffer.from(two), Buffer.from([0x23, 0xe9, 0x0a])]);
  writeFileSync(path, bytes);
  expect(await rejection(change(addSite(site("new"))))).toMatchObject({ code: "config_invalid" });
  expect(readFileSync(path)).toEqual(bytes);
});

test("4.7-84 a site may be called as every object's own things are, and no prototype changes", async () => {
  const { change, env } = home(two);
  for (const name of ["__proto__", "constructor", "toString", "a.b", "]"]) await change(addSite(site(name)));
  expect([...(await readConfigFile(plain, env)).sites.keys()].slice(2)).toEqual([
    "__proto__",
    "constructor",
    "toString",
    "a.b",
    "]",
  ]);
  expect(Object.keys(Object.prototype)).toEqual([]);
});

test("a symbolic link stays one, and what it leads to is changed", async () => {
  const { folder, env } = home(two);
  const link = join(folder, "link.toml");
  symlinkSync("config.toml", link);
  await changeConfig(plain, { ...env, ACME_CONFIG: link }, addSite(site("new")));
  expect(lstatSync(link).isSymbolicLink()).toBe(true);
  expect(readFileSync(join(folder, "config.toml"), "utf8")).toContain("[sites.new]");
  expect(readFileSync(join(folder, "link.backup.toml"), "utf8")).toBe(two);
});

test("what has changed since it was shown is not written over", async () => {
  const { change, read, env } = home(two);
  const wanted = addSite(site("new"));
  const plan = await planConfigChange(plain, env, wanted);
  expect(read()).toBe(two);
  await change(modifySite({ name: "prod", fields: [{ path: ["dpop"], value: true }] }));
  const now = read();
  expect(await rejection(changeConfig(plain, env, wanted, plan))).toMatchObject({ code: "config_unchanged" });
  expect(read()).toBe(now);
  await changeConfig(plain, env, wanted, await planConfigChange(plain, env, wanted));
  expect(read()).toContain("[sites.new]");
});

test("a place that cannot be written to is told", async () => {
  const { folder, env } = home(two);
  const path = join(folder, "config.toml", "below", "config.toml");
  const error = await rejection(changeConfig(plain, { ...env, ACME_CONFIG: path }, addSite(site("new"))));
  expect(error).toMatchObject({ code: "config_unchanged", message: expect.stringContaining(path) });
});

test("a field is read as TOML has it, and anything else is none", async () => {
  expect(await parseFieldChange("dpop=true")).toEqual({ path: ["dpop"], value: true });
  expect(await parseFieldChange('redirect.path = "/back"')).toEqual({ path: ["redirect", "path"], value: "/back" });
  expect(await parseFieldChange('landing = { success = "a", error = "b" }')).toEqual({
    path: ["landing"],
    value: { success: "a", error: "b" },
  });
  const none = ["", "dpop", "dpop=", "dpop=yes", "a=1\nb=2", "[sites.a]", "dpop=true\n[sites.evil]", "# dpop=true"];
  for (const text of none) expect(await parseFieldChange(text), text).toBeUndefined();
});

test("a site is shown by the names and in the units of the file", async () => {
  const table = `
    issuer = "${issuer}"
    client_id = "cli"
    scopes = ["openid"]
    audiences = ["api"]
    resources = ["https://api.example.com"]
    api_url = "https://api.example.com/v1"
    allowed_origins = ["https://files.example.com"]
    redirect = { host = "localhost", path = "/back", ports = [4000] }
    landing = { success = "https://a.example.com", error = "https://b.example.com" }
    api_keys_urls = ["https://api.example.com/keys"]
    login_keeps = "api-key"
    developer_token_url = "https://api.example.com/redeem"
    endpoints = { device_authorization = "https://id.example.com/device" }
    workload_grant = "jwt-bearer"
    json_token_requests = true
    client_secret_method = "post"
    dpop = true
    retry_lost_response = false
    refresh_early_seconds = 90
    clock_tolerance_seconds = 1.5
    proxy = "http://proxy.example.com"
    ca_file = "/ca.pem"
  `;
  const { env } = home(`[sites.all]\n${table}`);
  const found = (await readConfigFile(plain, env)).sites.get("all");
  expect(siteFields(found ?? { issuer: "", clientId: "" })).toEqual({ ...parseTable(table) });
});
