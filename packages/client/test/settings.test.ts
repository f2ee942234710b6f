import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { memoryStore } from "@org/auth-core";
import type { Environment, ExplicitSettings } from "../src/index.ts";
import { readSettings, resolve, type Settings } from "../src/source.ts";
import { rejection, tempFolder } from "./surroundings.ts";

const product = { name: "acme", envPrefix: "ACME_" };

const config = `
default_site = "prod"
[sites.prod]
issuer = "https://prod.example.com"
client_id = "prod-cli"
scopes = ["prod"]
api_url = "https://prod-api.example.com"
[sites.staging]
issuer = "https://staging.example.com"
client_id = "staging-cli"
`;

/** The settings of a person who has the configuration above. */
function settings(explicit: ExplicitSettings, env: Environment, text = config): Promise<Settings> {
  const path = join(tempFolder(), "config.toml");
  writeFileSync(path, text);
  return readSettings(product, explicit, { env: Object.freeze({ ...env, ACME_CONFIG: path }), folder: false });
}

const argued = { issuer: "https://argued.example.com", clientId: "argued-cli" };
const inEnv = { ACME_ISSUER: "https://env.example.com", ACME_CLIENT_ID: "env-cli" };

test("a site comes whole from the first that names one: the caller, the environment, the configuration", async () => {
  const order: readonly (readonly [ExplicitSettings, Environment, issuer: string, clientId: string])[] = [
    [argued, inEnv, "https://argued.example.com", "argued-cli"],
    [argued, { ACME_SITE: "staging" }, "https://argued.example.com", "argued-cli"],
    [{ site: "staging" }, inEnv, "https://staging.example.com", "staging-cli"],
    [{ site: "staging" }, { ACME_SITE: "prod" }, "https://staging.example.com", "staging-cli"],
    [{}, inEnv, "https://env.example.com", "env-cli"],
    [{}, { ACME_SITE: "staging" }, "https://staging.example.com", "staging-cli"],
    [{}, {}, "https://prod.example.com", "prod-cli"],
  ];
  for (const [explicit, env, issuer, clientId] of order)
    expect((await settings(explicit, env)).site).toMatchObject({ issuer, clientId });
});

test("half a site is not made whole by a place that speaks of another, and the missing half is named", async () => {
  const halves: readonly (readonly [ExplicitSettings, Environment, missing: string])[] = [
    [{ issuer: argued.issuer }, inEnv, "ACME_CLIENT_ID"],
    [{ clientId: argued.clientId }, {}, "ACME_ISSUER"],
    [{}, { ACME_ISSUER: inEnv.ACME_ISSUER }, "ACME_CLIENT_ID"],
    [{}, { ACME_CLIENT_ID: inEnv.ACME_CLIENT_ID }, "ACME_ISSUER"],
  ];
  for (const [explicit, env, missing] of halves) {
    const work = readSettings(product, explicit, { env: { ...env, HOME: tempFolder() }, folder: false });
    const error = await rejection(work);
    expect(error.code).toBe("config_missing");
    expect(error.hint).toMatch(new RegExp(`(^|\\s)${missing}$`));
  }
});

test("one half of a site that is configured may be said alone", async () => {
  const issuer = "https://prod.example.com";
  for (const { site, apiUrl, origins } of [
    await settings({ clientId: "mine" }, {}),
    await settings({}, { ACME_CLIENT_ID: "mine" }),
  ]) {
    // A name would stand for the client id that is configured.
    expect(site).toMatchObject({ name: undefined, issuer, clientId: "mine", scopes: ["prod"] });
    expect(apiUrl).toBe("https://prod-api.example.com");
    expect(origins).toMatchObject({ apiUrl: expect.stringContaining("sites.prod in ") });
  }
  expect((await settings({ clientId: "prod-cli" }, {})).site).toMatchObject({ name: "prod" });
  const { site, origins } = await settings({}, { ACME_ISSUER: "https://staging.example.com" });
  expect(site).toMatchObject({ name: "staging", clientId: "staging-cli" });
  expect(origins).toMatchObject({ issuer: "ACME_ISSUER", clientId: expect.stringContaining("sites.staging in ") });
});

/** Files of these names and contents, as containers have secrets. */
function mounted(secrets: Readonly<Record<string, string>>): Environment {
  const folder = tempFolder();
  for (const [name, value] of Object.entries(secrets)) writeFileSync(join(folder, name), value);
  return { ACME_SECRETS_DIR: folder };
}

test("B.1-2 a client id alone is one of the site or the issuer that a later place names, before the default site", async () => {
  const staging = { name: undefined, issuer: "https://staging.example.com", clientId: "mine" };
  const env = { issuer: inEnv.ACME_ISSUER, clientId: "mine" };
  const mountedSite = mounted({ acme_site: "staging" });
  const cases: readonly (readonly [ExplicitSettings, Environment, site: object, origins: object])[] = [
    [{ clientId: "mine" }, { ACME_SITE: "staging" }, staging, { site: "ACME_SITE", clientId: "--client-id" }],
    [{ clientId: "mine" }, inEnv, env, { issuer: "ACME_ISSUER", clientId: "--client-id" }],
    [{ clientId: "mine" }, { ACME_ISSUER: inEnv.ACME_ISSUER }, env, { issuer: "ACME_ISSUER", clientId: "--client-id" }],
    [
      {},
      { ACME_CLIENT_ID: "mine", ...mountedSite },
      staging,
      { site: expect.stringMatching(/\/acme_site$/), clientId: "ACME_CLIENT_ID" },
    ],
  ];
  for (const [explicit, env, site, origins] of cases) {
    const found = await settings(explicit, env);
    expect(found.site).toMatchObject(site);
    for (const [name, from] of Object.entries(origins)) expect(found.origins).toHaveProperty([name], from);
  }
});

test("B.1-2 an issuer alone has the client id of a later place that speaks of no other server", async () => {
  const issuer = "https://staging.example.com";
  const mine = { issuer, clientId: "mine" };
  expect((await settings({ issuer }, { ACME_CLIENT_ID: "mine" })).site).toMatchObject(mine);
  expect((await settings({ issuer }, { ACME_CLIENT_ID: "mine", ACME_SITE: "staging" })).site).toMatchObject(mine);
  for (const other of [inEnv, { ACME_CLIENT_ID: "mine", ACME_SITE: "prod" }, { ACME_SITE: "staging" }]) {
    const { site, origins } = await settings({ issuer }, other);
    expect(site).toMatchObject({ name: "staging", clientId: "staging-cli" });
    expect(origins).toMatchObject({ issuer: "--issuer", clientId: expect.stringContaining("sites.staging in ") });
  }
  // Of several configured ones with that issuer it is the default one.
  const twins = `${config}[sites.second]\nbase = "prod"\nclient_id = "second-cli"\n`;
  const named = await settings({ issuer: "https://prod.example.com" }, { ACME_SITE: "second" }, twins);
  expect(named.site).toMatchObject({ name: "second", clientId: "second-cli" });
  const usual = twins.replace('default_site = "prod"', 'default_site = "second"');
  expect((await settings({ issuer: "https://prod.example.com" }, {}, usual)).site?.name).toBe("second");
});

test("B.1-2 a site and a client id in one place are that client at that site", async () => {
  for (const found of [
    await settings({ site: "prod", clientId: "machine" }, {}),
    await settings({}, { ACME_SITE: "prod", ACME_CLIENT_ID: "machine" }),
    await settings({}, { ACME_SITE: "prod", ACME_ISSUER: "https://prod.example.com", ACME_CLIENT_ID: "machine" }),
  ]) {
    const issuer = "https://prod.example.com";
    expect(found).toMatchObject({ site: { name: undefined, issuer, clientId: "machine" }, baseName: "prod" });
    expect(found.apiUrl).toBe("https://prod-api.example.com");
  }
  // It is named, so it stays that site though another one has this client.
  const twins = `${config}[sites.twin]\nbase = "prod"\nclient_id = "twin-cli"\napi_url = "https://twin.example.com"\n`;
  const { apiUrl } = await settings({ site: "prod", clientId: "twin-cli" }, {}, twins);
  expect(apiUrl).toBe("https://prod-api.example.com");
});

test("B.1-2 a machine's secret goes to the site that another place names, and not to the default one", async () => {
  const path = join(tempFolder(), "config.toml");
  writeFileSync(path, config);
  const machine = { ACME_CLIENT_ID: "machine", ACME_CLIENT_SECRET: "canary-secret", ACME_CONFIG: path };
  const env = { ...machine, ...mounted({ acme_site: "staging" }) };
  const { found } = await resolve({ product, env, folder: false, store: memoryStore() });
  expect(found.credential).toMatchObject({ kind: "client-secret", issuer: "https://staging.example.com" });
});

test("a client id that another configured site has at the same issuer means that site", async () => {
  const twins = `${config}[sites.twin]\nbase = "prod"\nclient_id = "twin-cli"\napi_url = "https://twin.example.com"\n`;
  const { site, origins } = await settings({ clientId: "twin-cli" }, {}, twins);
  expect(site).toMatchObject({ name: "twin", clientId: "twin-cli", apiUrl: "https://twin.example.com" });
  expect(origins).toMatchObject({ clientId: "--client-id", apiUrl: expect.stringContaining("sites.twin in ") });
});

const commands: readonly (readonly [command: string, ExplicitSettings, Environment?])[] = [
  ["--site prod", {}],
  ["--site staging", { site: "staging" }],
  ["--site staging", { issuer: "https://staging.example.com" }],
  ["--site prod", { issuer: "https://prod.example.com", clientId: "prod-cli" }],
  ["--client-id mine", { clientId: "mine" }],
  ["--client-id mine", { clientId: "mine" }, { ACME_SITE: "staging" }],
  ["--site staging --client-id mine", { site: "staging", clientId: "mine" }],
  ["--issuer https://prod.example.com --client-id mine", { issuer: "https://prod.example.com", clientId: "mine" }],
  ["--issuer https://argued.example.com --client-id argued-cli --profile work", { ...argued, profile: "work" }],
  ["", {}, { ACME_CLIENT_ID: "mine" }],
  ["--profile work", { profile: "work" }, inEnv],
];

test.for(commands)(
  "the command that a hint gives means the very login that is missing: %s",
  async ([command, explicit, env = {}]) => {
    const path = join(tempFolder(), "config.toml");
    writeFileSync(path, config);
    const surroundings = { env: { ...env, ACME_CONFIG: path }, folder: false } as const;
    const error = await rejection(resolve({ product, ...explicit, ...surroundings, store: memoryStore() }));
    expect(error.hint).toBe(`run \`${["acme login", command].filter((part) => part !== "").join(" ")}\``);

    const said = new Map([...command.matchAll(/--(\S+) (\S+)/g)].map(([, name, value]) => [name, value]));
    const typed: ExplicitSettings = {
      site: said.get("site"),
      issuer: said.get("issuer"),
      clientId: said.get("client-id"),
      profile: said.get("profile"),
    };
    const [meant, again] = await Promise.all([explicit, typed].map((one) => readSettings(product, one, surroundings)));
    expect(again?.site).toEqual(meant?.site);
    expect(again?.profile).toBe(meant?.profile);
  },
);

test("a client id that a shell would take apart is in quotes", async () => {
  const explicit = { issuer: argued.issuer, clientId: "my app;x" };
  const error = await rejection(resolve({ product, ...explicit, env: {}, folder: false, store: memoryStore() }));
  expect(error.hint).toBe(`run \`acme login --issuer ${argued.issuer} --client-id 'my app;x'\``);
});

test("B.1-18 a site and the issuer of another one in the same place are refused, and named", async () => {
  expect(await rejection(settings({ site: "prod", issuer: argued.issuer }, {}))).toMatchObject({
    code: "config_invalid",
    message: "--site names a site and --issuer the issuer of another; use one",
  });
  expect(await rejection(settings({}, { ACME_SITE: "prod", ACME_ISSUER: inEnv.ACME_ISSUER }))).toMatchObject({
    code: "config_invalid",
    message: "ACME_SITE names a site and ACME_ISSUER the issuer of another; use one",
  });
});

test("B.1-5 what each site says of scopes and APIs says where it came from, and arguments by their flags", async () => {
  const text = config.replace(
    'scopes = ["prod"]',
    'scopes = ["prod"]\naudiences = ["a"]\nresources = ["https://a.example"]',
  );
  const site = expect.stringMatching(/^sites\.prod in .+\/config\.toml$/);
  expect((await settings({}, {}, text)).origins).toMatchObject({ scopes: site, audiences: site, resources: site });
  const explicit = { scopes: ["x"], audiences: ["y"], resources: ["https://z.example"] };
  const argued = { scopes: "--scope", audiences: "--audience", resources: "--resource" };
  expect((await settings(explicit, { ACME_SCOPE: "env" }, text)).origins).toMatchObject(argued);
  expect((await settings({}, { ACME_SCOPE: "env" }, text)).origins).toMatchObject({ scopes: "ACME_SCOPE" });
});

test("an argument that is blank is a mistake in how the program was called", async () => {
  for (const [name, flag] of Object.entries({
    site: "--site",
    issuer: "--issuer",
    clientId: "--client-id",
    apiUrl: "--api-url",
    profile: "--profile",
  })) {
    for (const blank of ["", " "])
      expect(await rejection(settings({ [name]: blank }, {}))).toMatchObject({
        code: "usage",
        message: `${flag} is blank`,
      });
  }
});

test("all else is settled one by one, in the same order", async () => {
  const explicit = { scopes: ["argued"], apiUrl: "https://argued-api.example.com", profile: "argued" };
  const env = { ACME_SCOPE: " env  api:read\n", ACME_API_URL: "https://env-api.example.com", ACME_PROFILE: "env" };
  const { scopes, apiUrl, profile } = explicit;
  expect(await settings(explicit, env)).toMatchObject({ site: { scopes, apiUrl, name: "prod" }, apiUrl, profile });
  expect(await settings({}, env)).toMatchObject({
    site: { scopes: ["env", "api:read"], apiUrl: env.ACME_API_URL },
    apiUrl: env.ACME_API_URL,
    profile: "env",
  });
  expect(await settings({}, {})).toMatchObject({
    site: { scopes: ["prod"], apiUrl: "https://prod-api.example.com" },
    apiUrl: "https://prod-api.example.com",
    profile: "default",
  });
  const bare = await settings(argued, {});
  expect(bare.site).toEqual(argued);
  expect(bare).toMatchObject({ profile: "default", apiUrl: undefined, origins: { issuer: "--issuer" } });
});

test("blank variables count as not set, and blanks around a value do not count", async () => {
  const names = ["SITE", "ISSUER", "CLIENT_ID", "SCOPE", "API_URL", "PROFILE"];
  for (const blank of ["", " ", "\t\r\n"]) {
    const env = Object.fromEntries(names.map((name) => [`ACME_${name}`, blank]));
    const { inputs: _, origins: __, site, ...rest } = await settings({}, env);
    expect(rest).toMatchObject({ profile: "default", apiUrl: "https://prod-api.example.com" });
    expect(site?.name).toBe("prod");
  }
  expect((await settings({}, { ACME_SITE: " staging\n" })).site?.name).toBe("staging");
});

test("a site that is not configured is told, with those that are", async () => {
  for (const work of [settings({ site: "stagin" }, {}), settings({}, { ACME_SITE: "stagin" })])
    expect(await rejection(work)).toMatchObject({ code: "config_invalid", hint: "use one of: prod, staging" });
  const home = { HOME: tempFolder() };
  expect(await rejection(readSettings(product, { site: "prod" }, { env: home, folder: false }))).toMatchObject({
    code: "config_invalid",
    hint: expect.stringContaining("[sites.prod]"),
  });
});

const insecure = [
  "http://id.example.com",
  "ftp://id.example.com",
  "javascript:canary",
  "https://user:canary@id.example.com",
  "http://127.0.0.1.evil.test",
];

test.for(insecure)(
  "an address that is not secure is refused, and no more of it shown than is safe: %s",
  async (url) => {
    for (const work of [
      settings({ issuer: url, clientId: "x" }, {}),
      settings({}, { ACME_ISSUER: url, ACME_CLIENT_ID: "x" }),
      settings({ apiUrl: url }, {}),
      settings({}, { ACME_API_URL: url }),
    ])
      expect(await rejection(work)).toMatchObject({ code: "insecure_endpoint" });
  },
);

test("the loopback may be http:", async () => {
  const found = await settings({ issuer: "http://127.0.0.1:1", clientId: "x", apiUrl: "http://localhost:2" }, {});
  expect(found).toMatchObject({ site: { issuer: "http://127.0.0.1:1" }, apiUrl: "http://localhost:2" });
});

test("without a home folder there is no configuration, and no error", async () => {
  const found = await readSettings(product, {}, { env: {}, folder: false });
  expect(found).toMatchObject({ site: undefined, profile: "default", apiUrl: undefined });
});
