import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Environment } from "../src/index.ts";
import { readSettings, type Settings } from "../src/source.ts";
import { rejection, tempFolder } from "./surroundings.ts";

const product = { name: "acme", envPrefix: "ACME_" };

function settingsWith(env: Environment): Promise<Settings> {
  return readSettings(product, {}, { env });
}

/** The settings where this is the configuration, and its path. */
function configured(content: string | Uint8Array): { readonly path: string; readonly settings: Promise<Settings> } {
  const path = join(tempFolder(), "config.toml");
  writeFileSync(path, content);
  return { path, settings: settingsWith({ ACME_CONFIG: path }) };
}

test("a site is read whole", async () => {
  const { settings } = configured(`
    default_site = "prod"
    [sites.prod]
    issuer = "https://id.example.com"
    client_id = "cli"
    scopes = ["openid", "api:read"]
    api_url = "https://api.example.com/v1"
    redirect = { host = "localhost", path = "/back", ports = [4000, 4001] }
    [sites.test]
    issuer = "https://test.example.com"
    client_id = "cli"
  `);
  expect(await settings).toMatchObject({
    site: {
      name: "prod",
      issuer: "https://id.example.com",
      clientId: "cli",
      scopes: ["openid", "api:read"],
      apiUrl: "https://api.example.com/v1",
      redirect: { host: "localhost", path: "/back", ports: [4000, 4001] },
    },
    profile: "default",
    apiUrl: "https://api.example.com/v1",
  });
});

const site = `issuer = "https://id.example.com"\nclient_id = "cli"\n`;

test("the only site is the one that is meant, and of several none is", async () => {
  expect((await configured(`[sites.one]\n${site}`).settings).site?.name).toBe("one");
  expect((await configured(`[sites.one]\n${site}[sites.two]\n${site}`).settings).site).toBeUndefined();
  expect((await configured("").settings).site).toBeUndefined();
});

test("Windows' line ends and byte order mark do not matter", async () => {
  const { settings } = configured(`\ufeff[sites.one]\n${site}`.replaceAll("\n", "\r\n"));
  expect((await settings).site).toMatchObject({ name: "one", clientId: "cli" });
});

test("4.7-84 a site may have any name, and no prototype changes", async () => {
  for (const name of ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "a.b", "é"]) {
    const path = configured(`[sites."${name}"]\n${site}[sites.other]\n${site}`).path;
    const { site: found } = await readSettings(product, { site: name }, { env: { ACME_CONFIG: path } });
    expect(found).toMatchObject({ name, clientId: "cli" });
  }
  expect(Object.keys(Object.prototype)).toEqual([]);
});

test("4.7-84 names that every object has are no sites", async () => {
  const { path } = configured(`[sites.one]\n${site}`);
  for (const name of ["__proto__", "constructor", "toString"]) {
    const error = await rejection(readSettings(product, { site: name }, { env: { ACME_CONFIG: path } }));
    expect(error).toMatchObject({ code: "config_invalid", hint: "use one of: one" });
  }
});

const notToml: readonly (readonly [what: string, content: string | Uint8Array, at: string])[] = [
  ["an unfinished text", 'a = 1\nb = "canary', ":2:5"],
  ["a name twice", "a = 1\na = 'canary'", ":2:1"],
  ["a table twice", "[a]\n[a]\ncanary=1", ":2:2"],
  ["no TOML at all", '{"canary": true}', ":1:1"],
  ["a number too large", "a = 99999999999999999999", ":1:5"],
  ["a control character", "a = 'canary\0'", ":1:12"],
  ["arrays without end", `a = ${"[".repeat(100_000)}`, ":1:"],
];

test.for(notToml)("B.1-5 4.7-84 what is not TOML is told by its place, and not quoted: %s", async ([, content, at]) => {
  const { path, settings } = configured(content);
  const error = await rejection(settings);
  expect(error.code).toBe("config_invalid");
  expect(error.message).toContain(`${path}${at}`);
  expect(error.message).toMatch(/:\d+:\d+: this is not TOML$/);
});

const wrongFields: readonly (readonly [field: string, content: string])[] = [
  ["sites.one.clientid", `[sites.one]\n${site}clientid = "canary"`],
  ["default", `default = "canary"`],
  ["__proto__", `__proto__ = "canary"`],
  ["sites.one.__proto__", `[sites.one]\n${site}[sites.one.__proto__]\nissuer = "https://canary.example"`],
  ["sites.one.redirect.port", `[sites.one]\n${site}redirect = { port = 1 }`],
  ["sites.one.issuer", `[sites.one]\nclient_id = "canary"`],
  ["sites.one.issuer", `[sites.one]\nissuer = ""\nclient_id = "canary"`],
  ["sites.one.issuer", `[sites.one]\nissuer = ["canary"]\nclient_id = "x"`],
  ["sites.one.client_id", `[sites.one]\nissuer = "https://id.example.com"\nclient_id = 7`],
  ["sites.one.scopes", `[sites.one]\n${site}scopes = "openid canary"`],
  ["sites.one.scopes.1", `[sites.one]\n${site}scopes = ["openid", 7]`],
  ["sites.one.api_url", `[sites.one]\n${site}api_url = 1979-05-27`],
  ["sites.one.redirect.host", `[sites.one]\n${site}redirect = { host = "canary" }`],
  ["sites.one.redirect.path", `[sites.one]\n${site}redirect = { path = "canary" }`],
  ["sites.one.scopes", `[sites.one]\n${site}scopes = "'openid' canary"`],
  ...["id.canary.example", "//id.canary.example", "localhost:1", "http://id.canary.example"].map(
    (url) => ["sites.one.issuer", `[sites.one]\nclient_id = "x"\nissuer = "${url}"`] as const,
  ),
  ...["nan", "inf", "1e999", "-1", '"∞"', '"60s"', "86401"].map(
    (seconds) => ["sites.one.refresh_early_seconds", `[sites.one]\n${site}refresh_early_seconds = ${seconds}`] as const,
  ),
  ...["0", "65536", "-1", "1.5", "nan", "inf", '"80"', '"80a"'].map(
    (port) => ["sites.one.redirect.ports.0", `[sites.one]\n${site}redirect = { ports = [${port}] }`] as const,
  ),
  ["sites.one", `sites.one = "canary"`],
  ["sites.constructor.issuer", `[sites.constructor]\nclient_id = "canary"`],
  ["sites", `sites = "canary"`],
  ["sites", `sites = ["canary"]`],
  ["default_site", `default_site = "canary"`],
  ["default_site", `default_site = "toString"\n[sites.one]\n${site}`],
  ["default_site", `default_site = 7`],
];

test.for(wrongFields)(
  "B.1-5 4.7-84 4.7-85 a field that is wrong is named, and its value is not: %s",
  async ([field, content]) => {
    const { path, settings } = configured(content);
    const error = await rejection(settings);
    expect(error.code).toBe("config_invalid");
    expect(error.message).toMatch(new RegExp(`^${path}: ${field.replaceAll(".", "[.]")}: \\S`));
  },
);

test("4.7-84 tabs, comments and a comma at the end are TOML", async () => {
  const { settings } = configured(`\t[sites.one] # one\n\t${site}\tscopes = [ "openid", # who\n ]\n`);
  expect((await settings).site).toMatchObject({ name: "one", scopes: ["openid"] });
});

test("4.7-84 a configuration of 10 MB is not read", async () => {
  const { path, settings } = configured(`# canary\n`.repeat(1_200_000));
  expect(await rejection(settings)).toMatchObject({
    code: "config_invalid",
    message: `cannot read the configuration ${path} (it is larger than 1024 KiB)`,
  });
});

test("B.1-5 a configuration that is asked for must be there", async () => {
  const folder = tempFolder();
  for (const [path, code] of [
    [join(folder, "none.toml"), "ENOENT"],
    [folder, "it is a folder"],
  ] as const) {
    const error = await rejection(settingsWith({ ACME_CONFIG: path }));
    expect(error).toMatchObject({ code: "config_invalid", message: expect.stringContaining(path) });
    expect(error.message).toContain(code);
  }
});

test("a blank variable asks for no configuration", async () => {
  expect((await settingsWith({ ACME_CONFIG: "", HOME: tempFolder() })).site).toBeUndefined();
  expect((await settingsWith({ ACME_CONFIG: "  ", HOME: tempFolder() })).site).toBeUndefined();
});

test("B.1-5 the home folder and variables may stand in the path that is asked for", async () => {
  const home = tempFolder();
  write(join(home, "acme"), `[sites.one]\n${site}`);
  for (const ACME_CONFIG of ["~/acme/config.toml", "$HOME/acme/config.toml", "${HOME}/$APP/config.toml"])
    expect((await settingsWith({ HOME: home, APP: "acme", ACME_CONFIG })).site?.name).toBe("one");
  const error = await rejection(settingsWith({ HOME: home, ACME_CONFIG: "$UNSET/config.toml" }));
  expect(error.message).toBe("cannot read the configuration $UNSET/config.toml (ENOENT)");
});

test("B.1-5 the configuration is in the XDG folder, else below the home folder, and may be missing", async () => {
  const [xdg, home] = [tempFolder(), tempFolder()];
  expect((await settingsWith({ XDG_CONFIG_HOME: xdg, HOME: home })).site).toBeUndefined();
  write(join(home, ".config", "acme"), `[sites.home]\n${site}`);
  expect((await settingsWith({ HOME: home })).site?.name).toBe("home");
  expect((await settingsWith({ HOME: home, XDG_CONFIG_HOME: "relative" })).site?.name).toBe("home");
  expect((await settingsWith({ HOME: home, XDG_CONFIG_HOME: "" })).site?.name).toBe("home");
  expect((await settingsWith({ USERPROFILE: home })).site?.name).toBe("home");
  write(join(xdg, "acme"), `[sites.xdg]\n${site}`);
  expect((await settingsWith({ XDG_CONFIG_HOME: xdg, HOME: home })).site?.name).toBe("xdg");
});

test("whatever the home variables say, the folder one happens to be in is not read", async () => {
  const folder = tempFolder();
  write(join(folder, ".config", "acme"), `[sites.planted]\n${site}`);
  write(join(folder, "here", ".config", "acme"), `[sites.planted]\n${site}`);
  const before = process.cwd();
  process.chdir(folder);
  try {
    for (const HOME of [undefined, "", ".", "here", "./here"])
      expect((await settingsWith({ HOME, USERPROFILE: HOME, XDG_CONFIG_HOME: HOME })).site).toBeUndefined();
  } finally {
    process.chdir(before);
  }
});

function write(folder: string, content: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "config.toml"), content);
}
