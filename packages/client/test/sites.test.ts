import { chmodSync, chownSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { defineProduct, type ExplicitSettings, type Product } from "../src/index.ts";
import { readSettings, type Settings } from "../src/source.ts";
import { rejection, tempFolder } from "./surroundings.ts";

const plain: Product = { name: "acme", envPrefix: "ACME_" };

/** The settings of a person with this configuration. */
function settings(config: string, explicit: ExplicitSettings = {}, product: Product = plain): Promise<Settings> {
  const path = join(tempFolder(), "config.toml");
  writeFileSync(path, config);
  return readSettings(product, explicit, { env: { ACME_CONFIG: path }, folder: false });
}

const prod = `
[sites.prod]
issuer = "https://id.example.com"
client_id = "prod-cli"
scopes = ["a"]
api_url = "https://api.example.com/v1"
refresh_early_seconds = 90
json_token_requests = true
redirect = { ports = [4000] }
`;

test("2.3 a site of another issuer than its base's has none of the addresses of that server", async () => {
  const config = `${prod}
[sites.prod.endpoints]
token = "https://id.example.com/token"
[sites.other]
base = "prod"
issuer = "https://id.other.example.com"
[sites.same]
base = "prod"
client_id = "same"
`;
  expect((await settings(config, { site: "other" })).site).not.toHaveProperty("endpoints");
  expect((await settings(config, { site: "same" })).site?.endpoints?.token).toBe("https://id.example.com/token");
});

test("a site has what its base site says and it does not", async () => {
  const config = `${prod}
[sites.staging]
base = "prod"
issuer = "https://id.staging.example.com"
json_token_requests = false
[sites.mine]
base = "staging"
client_id = "mine"
redirect = { host = "localhost" }
`;
  const { site: staging } = await settings(config, { site: "staging" });
  expect(staging).toMatchObject({
    name: "staging",
    issuer: "https://id.staging.example.com",
    clientId: "prod-cli",
    scopes: ["a"],
    apiUrl: "https://api.example.com/v1",
    refreshEarlyMs: 90_000,
    jsonTokenRequests: false,
  });
  const { site: mine } = await settings(config, { site: "mine" });
  expect(mine).toMatchObject({ issuer: "https://id.staging.example.com", clientId: "mine", jsonTokenRequests: false });
  // A field comes whole from one site.
  expect(mine?.redirect).toEqual({ host: "localhost" });
});

const wrongBases: readonly (readonly [what: string, config: string, where: string])[] = [
  ["is not there", `${prod}[sites.x]\nbase = "canary"\n`, "sites.x.base: there is no site of that name"],
  [
    "is the site's own heir",
    `[sites.x]\nbase = "y"\n[sites.y]\nbase = "x"\n`,
    "sites.x.base: it inherits from itself: x, y, x",
  ],
  ["is a name that every object has", `${prod}[sites.x]\nbase = "constructor"\n`, "sites.x.base: there is no site of"],
  ["says no issuer either", `[sites.x]\nbase = "y"\nclient_id = "c"\n[sites.y]\nclient_id = "c"\n`, "sites.x.issuer: "],
  ["says no client id either", `[sites.x]\nissuer = "https://id.example.com"\n`, "sites.x.client_id: "],
];

test.for(wrongBases)("a site whose base %s is told, with its file", async ([, config, where]) => {
  const error = await rejection(settings(config));
  expect(error).toMatchObject({ code: "config_invalid", message: expect.stringContaining(`/config.toml: ${where}`) });
});

const branded = defineProduct({
  ...plain,
  sites: {
    eu: { issuer: "https://id.eu.example.com", clientId: "acme-eu", apiUrl: "https://eu.example.com" },
    us: { issuer: "https://id.us.example.com", clientId: "acme-us", apiUrl: "https://us.example.com" },
  },
  defaultSite: "eu",
});

test("a product's sites need no configuration, and one of them may be the default", async () => {
  expect((await settings("", {}, branded)).site).toMatchObject({ name: "eu", clientId: "acme-eu" });
  expect((await settings("", { site: "us" }, branded)).site).toMatchObject({ name: "us", clientId: "acme-us" });
  const { defaultSite: _, ...undecided } = branded;
  expect((await settings("", {}, undecided)).site).toBeUndefined();
});

test("a configuration changes of a product's site what it says, may build on it, and may choose another default", async () => {
  const config = `
default_site = "mine"
[sites.eu]
client_id = "own"
[sites.mine]
base = "us"
scopes = ["x"]
`;
  expect((await settings(config, { site: "eu" }, branded)).site).toMatchObject({
    issuer: "https://id.eu.example.com",
    clientId: "own",
    apiUrl: "https://eu.example.com",
  });
  expect((await settings(config, {}, branded)).site).toMatchObject({
    name: "mine",
    issuer: "https://id.us.example.com",
    scopes: ["x"],
  });
  // Its own name for a base is the product's site.
  const own = await settings(`[sites.us]\nbase = "us"\nscopes = ["y"]\n`, { site: "us" }, branded);
  expect(own.site).toMatchObject({ clientId: "acme-us", scopes: ["y"] });
});

test("a default site that is not there is told", async () => {
  expect(await rejection(settings(`default_site = "gone"\n${prod}`))).toMatchObject({
    code: "config_invalid",
    message: expect.stringContaining("default_site: there is no site of that name"),
  });
});

const notProducts: readonly (readonly [field: string, product: Product])[] = [
  ["product.name", { ...plain, name: "" }],
  ["product.name", { ...plain, name: "../acme" }],
  ["product.name", { ...plain, name: "acme corp" }],
  ["product.envPrefix", { ...plain, envPrefix: "ACME" }],
  ["product.envPrefix", { ...plain, envPrefix: "acme_" }],
  ["product.envPrefix", { ...plain, envPrefix: "" }],
  ["product.sites.x", { ...plain, sites: { x: { issuer: "http://id.example.com", clientId: "c" } } }],
  ["product.sites.x", { ...plain, sites: { x: { issuer: "https://a.example", clientId: "c", apiUrl: "b.example" } } }],
  ["product.defaultSite", { ...branded, defaultSite: "gone" }],
  ["product.defaultSite", { ...plain, defaultSite: "constructor" }],
];

test.for(notProducts)("a product that cannot be one is wrong use, and %s is named", ([field, product]) => {
  expect(() => defineProduct(product)).toThrow(TypeError);
  expect(() => defineProduct(product)).toThrow(field);
});

const many = `${prod}
[sites.other]
issuer = "https://id.example.com"
client_id = "other"
api_url = "https://api.other.example:8443"
[sites."api.example.com"]
issuer = "https://named.example.com"
client_id = "named"
`;

test("B.1-37 a site is found by its name first, then by the host of its API or its issuer", async () => {
  for (const [asked, name] of [
    ["prod", "prod"],
    ["api.other.example:8443", "other"],
    ["api.example.com", "api.example.com"],
    ["named.example.com", "api.example.com"],
  ] as const)
    expect((await settings(many, { site: asked })).site?.name, asked).toBe(name);
});

test("B.1-37 a host of several sites is told with their names, and one of none with all names", async () => {
  expect(await rejection(settings(many, { site: "id.example.com" }))).toMatchObject({
    code: "config_invalid",
    message: expect.stringMatching(/^more than one site has the host "id\.example\.com" in .+ \(--site\)$/),
    hint: "use one of: prod, other",
  });
  expect(await rejection(settings(many, { site: "API.example.org" }))).toMatchObject({
    code: "config_invalid",
    message: expect.stringMatching(/^there is no site "API\.example\.org" in .+\/config\.toml \(--site\)$/),
    hint: "use one of: prod, other, api.example.com",
  });
});

test("a configuration may be named with ~ for the home folder", async () => {
  const home = tempFolder();
  mkdirSync(join(home, "own"));
  writeFileSync(join(home, "own/acme.toml"), prod);
  const env = { HOME: home, ACME_CONFIG: "~/own/acme.toml" };
  const { site, origins } = await readSettings(plain, {}, { env, folder: false });
  expect(site?.name).toBe("prod");
  expect(origins.site).toBe(`sites.prod in ${join(home, "own/acme.toml")}`);
});

test("2.3 a configuration that others can change, or that is another's, is not used", async () => {
  const path = join(tempFolder(), "config.toml");
  writeFileSync(path, prod);
  const read = (): Promise<Settings> => readSettings(plain, {}, { env: { ACME_CONFIG: path }, folder: false });
  for (const mode of [0o644, 0o640, 0o600]) {
    chmodSync(path, mode);
    expect((await read()).site?.name).toBe("prod");
  }
  for (const mode of [0o666, 0o646, 0o664]) {
    chmodSync(path, mode);
    expect(await rejection(read())).toMatchObject({
      code: "config_invalid",
      message: `${path} can be changed by others`,
      hint: `chmod go-w '${path}'`,
    });
  }
});

// Only root can give a file away.
test.skipIf(process.getuid?.() !== 0)("2.3 a configuration that belongs to another user is not used", async () => {
  const path = join(tempFolder(), "config.toml");
  writeFileSync(path, prod, { mode: 0o600 });
  chownSync(path, 65_534, 65_534);
  const error = await rejection(readSettings(plain, {}, { env: { ACME_CONFIG: path }, folder: false }));
  expect(error).toMatchObject({ code: "config_invalid", message: `${path} belongs to another user` });
});
