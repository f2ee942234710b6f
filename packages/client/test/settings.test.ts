import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readSettings, type Environment, type ExplicitSettings, type Settings } from "../src/index.ts";
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
function settings(explicit: ExplicitSettings, env: Environment): Promise<Settings> {
  const path = join(tempFolder(), "config.toml");
  writeFileSync(path, config);
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

test("half a site is not made whole by another place, and the missing half is named", async () => {
  const halves: readonly (readonly [ExplicitSettings, Environment, missing: string])[] = [
    [{ issuer: argued.issuer }, inEnv, "ACME_CLIENT_ID"],
    [{ clientId: argued.clientId }, inEnv, "ACME_ISSUER"],
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
  expect((await settings({ clientId: "mine" }, inEnv)).site).toMatchObject({ name: "prod", clientId: "mine" });
  expect((await settings({}, { ACME_CLIENT_ID: "mine" })).site).toMatchObject({ name: "prod", clientId: "mine" });
  const { site, origins } = await settings({}, { ACME_ISSUER: "https://staging.example.com" });
  expect(site).toMatchObject({ name: "staging", clientId: "staging-cli" });
  expect(origins).toMatchObject({ issuer: "ACME_ISSUER", clientId: expect.stringContaining("sites.staging in ") });
});

test("B.1-18 a site and half of another one in the same place are refused, and named", async () => {
  for (const half of [{ issuer: argued.issuer }, { clientId: argued.clientId }])
    expect(await rejection(settings({ site: "prod", ...half }, {}))).toMatchObject({
      code: "config_invalid",
      message: expect.stringContaining("--site"),
    });
  for (const half of [{ ACME_ISSUER: inEnv.ACME_ISSUER }, { ACME_CLIENT_ID: inEnv.ACME_CLIENT_ID }])
    expect(await rejection(settings({}, { ACME_SITE: "prod", ...half }))).toMatchObject({
      code: "config_invalid",
      message: expect.stringContaining("ACME_SITE"),
    });
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
