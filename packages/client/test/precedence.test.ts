import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { memoryStore, type CredentialStore } from "@org/auth-core";
import { expect, test } from "vitest";
import { defineProduct, type Product, type ResolveOptions } from "../src/index.ts";
import { readSettings, resolve, type Settings } from "../src/source.ts";
import { changeChoices, trust } from "../src/source.ts";
import { keep, login, rejection, tempFolder } from "./surroundings.ts";

const issuer = "https://id.example.com";

/** Everywhere a setting can be, from what counts most to what counts least. */
interface Places {
  readonly argument?: Partial<ResolveOptions>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly mounted?: Readonly<Record<string, string>>;
  readonly dotenv?: Readonly<Record<string, string>>;
  readonly config?: string;
  readonly product?: Partial<Product>;
}

/** A machine that is set up so. Its `.env` file is trusted. */
async function optionsOf({ argument, environment, mounted, dotenv, config, product }: Places): Promise<ResolveOptions> {
  const [home, folder, secrets] = [tempFolder(), tempFolder(), tempFolder()];
  const own = defineProduct({ name: "acme", envPrefix: "ACME_", ...product });
  const env = { HOME: home, ACME_SECRETS_DIR: secrets, ...environment };
  for (const [name, value] of Object.entries(mounted ?? {})) writeFileSync(join(secrets, name), `${value}\n`);
  if (config !== undefined) {
    mkdirSync(join(home, ".config/acme"), { recursive: true });
    writeFileSync(join(home, ".config/acme/config.toml"), config);
  }
  if (dotenv !== undefined) {
    const lines = Object.entries(dotenv).map(([name, value]) => `${name}=${value}\n`);
    writeFileSync(join(folder, ".env"), lines.join(""));
    await trust(join(folder, ".env"), own, env);
  }
  return { ...argument, product: own, env: Object.freeze(env), folder };
}

async function settingsOf(places: Places): Promise<Settings> {
  const options = await optionsOf(places);
  return await readSettings(options.product ?? expect.fail(), options, options);
}

/** What wins where all places say something, then all but the first, and so on. */
async function inTurn<Answer>(places: Places, ask: (places: Places) => Promise<Answer>): Promise<readonly Answer[]> {
  const answers: Answer[] = [];
  const rest = new Map(Object.entries(places));
  for (const name of Object.keys(places)) {
    answers.push(await ask(Object.fromEntries(rest)));
    rest.delete(name);
  }
  return answers;
}

const apiPlaces: Places = {
  argument: { apiUrl: "https://argument.example.com" },
  environment: { ACME_API_URL: "https://environment.example.com" },
  mounted: { acme_api_url: "https://mounted.example.com" },
  dotenv: { ACME_API_URL: "https://dotenv.example.com" },
  config: `[sites.prod]\napi_url = "https://site.example.com"\n`,
  product: { sites: { prod: { issuer, clientId: "cli", apiUrl: "https://product.example.com" } } },
};

test("B.1-2 a setting is that of the argument, else of the environment, a mounted secret, .env, the site, the product", async () => {
  const order = await inTurn(apiPlaces, async (places) => (await settingsOf(places)).apiUrl);
  expect(order.map((url) => new URL(url ?? "").hostname.split(".")[0])).toEqual(
    Object.keys(apiPlaces).map((name) => (name === "config" ? "site" : name)),
  );
});

test("B.1-5 each value says where it came from", async () => {
  const order = await inTurn(apiPlaces, async (places) => (await settingsOf(places)).origins.apiUrl);
  expect(order).toEqual([
    "--api-url",
    "ACME_API_URL",
    expect.stringMatching(/\/acme_api_url$/),
    expect.stringMatching(/^ACME_API_URL in .+\/\.env$/),
    expect.stringMatching(/^sites\.prod in .+\/config\.toml$/),
    `the product's site "prod"`,
  ]);
});

test("B.1-2 a profile is that of the argument, the environment, a mounted secret, .env, the folder, the choice, the product", async () => {
  const product = { name: "acme", envPrefix: "ACME_", defaultProfile: "product" };
  const options = await optionsOf({
    argument: { profile: "argument" },
    environment: { ACME_PROFILE: "environment" },
    mounted: { acme_profile: "mounted" },
    dotenv: { ACME_PROFILE: "dotenv" },
    product,
  });
  const { env = {}, folder = "" } = options;
  await changeChoices(product, env, (current) => ({
    ...current,
    defaultProfile: "chosen",
    profiles: { [String(folder)]: "folder" },
  }));
  const { ACME_PROFILE: _, ...bare } = env;
  const elsewhere = tempFolder();
  const order = [
    options,
    { ...options, profile: undefined },
    { ...options, profile: undefined, env: bare },
    { ...options, profile: undefined, env: { ...bare, ACME_SECRETS_DIR: elsewhere } },
  ];
  const profiles = [];
  for (const options of order) profiles.push((await readSettings(product, options, options)).profile);
  const noSecrets = { ...bare, ACME_SECRETS_DIR: elsewhere };
  writeFileSync(join(String(folder), ".env"), "");
  profiles.push((await readSettings(product, {}, { env: noSecrets, folder })).profile);
  profiles.push((await readSettings(product, {}, { env: noSecrets, folder: elsewhere })).profile);
  profiles.push((await readSettings(product, {}, { env: { HOME: elsewhere }, folder: elsewhere })).profile);
  expect(profiles).toEqual(["argument", "environment", "mounted", "dotenv", "folder", "chosen", "product"]);
});

test("a folder has its profile by whatever path a program names it", async () => {
  const [env, folder] = [{ HOME: tempFolder() }, tempFolder()];
  const product = { name: "acme", envPrefix: "ACME_" };
  const link = join(tempFolder(), "link");
  symlinkSync(folder, link);
  mkdirSync(join(folder, "below"));
  await changeChoices(product, env, (current) => ({ ...current, profiles: { [folder]: "work" } }));
  for (const path of [folder, link, join(link, "below")])
    expect((await readSettings(product, {}, { env, folder: path })).profile, path).toBe("work");
});

const credentialPlaces: Places = {
  argument: { apiKey: "canary-argument" },
  environment: { ACME_API_KEY: "canary-environment" },
  mounted: { acme_api_key: "canary-mounted" },
  dotenv: { ACME_API_KEY: "canary-dotenv", ACME_API_URL: "https://api.example.com" },
};

/** A login of the only site that there is. */
async function storeWithLogin(): Promise<CredentialStore> {
  const store = memoryStore();
  await keep(store, login({ accessToken: "canary-stored" }));
  return store;
}

test("B.1-2 B.1-3 B.3-3 B.4-2 B.5-2 a credential is that of the first place that has one, and a stored login comes after all that are given", async () => {
  const config = `[sites.prod]\nissuer = "${issuer}"\nclient_id = "app"\n`;
  const given = await inTurn({ ...credentialPlaces, config }, async (places) => {
    const { found, source } = await resolve({
      ...(await optionsOf({ ...places, config })),
      store: await storeWithLogin(),
    });
    return [found.provenance.place, (await source.getToken()).value];
  });
  expect(given).toEqual([
    ["argument", "canary-argument"],
    ["environment", "canary-environment"],
    ["mounted-secret", "canary-mounted"],
    ["dotenv", "canary-dotenv"],
    ["stored-login", "canary-stored"],
  ]);
});

test("a workload's identity comes after a stored login", async () => {
  const path = join(tempFolder(), "token");
  writeFileSync(path, "test-only");
  const config = `[sites.prod]\nissuer = "${issuer}"\nclient_id = "app"\n`;
  const options = await optionsOf({ environment: { ACME_IDENTITY_TOKEN_FILE: path }, config });
  const place = async (store: CredentialStore): Promise<string> =>
    (await resolve({ ...options, store })).found.provenance.place;
  expect(await place(await storeWithLogin())).toBe("stored-login");
  expect(await place(memoryStore())).toBe("workload-identity");
});

test("--ignore-env leaves out what is given, from the environment to .env, and the workload's identity", async () => {
  const { argument: _, ...places } = credentialPlaces;
  const options = { ...(await optionsOf(places)), ignoreEnv: true };
  expect((await resolve({ ...options, store: await storeWithLogin() })).found.provenance.place).toBe("stored-login");
  expect(await rejection(resolve({ ...options, store: memoryStore() }))).toMatchObject({
    code: "no_credential",
    steps: [{ place: "stored-login", outcome: "absent" }],
  });
  const argued = await resolve({ ...options, apiKey: "canary-argument", store: memoryStore() });
  expect(argued.found.provenance.place).toBe("argument");
});

const bad = "http://canary:canary@api.example.com";

const badPlaces: readonly (readonly [from: RegExp, places: Places])[] = [
  [/\(--api-url\)/, { argument: { apiUrl: bad } }],
  [/\(ACME_API_URL\)/, { environment: { ACME_API_URL: bad } }],
  [/\(\/.+\/acme_api_url\)/, { mounted: { acme_api_url: bad } }],
  [/\(ACME_API_URL in \/.+\/\.env\)/, { dotenv: { ACME_API_URL: bad } }],
  [/^\/.+\/config\.toml: sites\.prod\.api_url: /, { config: `[sites.prod]\napi_url = "${bad}"\n` }],
  [/^ACME_LOG_LEVEL is none of error, warn, info, debug$/, { environment: { ACME_LOG_LEVEL: "canary" } }],
  [/\/acme_output is none of json, text$/, { mounted: { acme_output: "canary" } }],
  [/^ACME_LOG_LEVEL in \/.+\/\.env is none of /, { dotenv: { ACME_LOG_LEVEL: "canary" } }],
  [/the API version \(ACME_API_VERSION in \/.+\/\.env\)/, { dotenv: { ACME_API_VERSION: '"1\\ncanary: x"' } }],
  [/the extra headers \(ACME_EXTRA_HEADERS\): /, { environment: { ACME_EXTRA_HEADERS: '{"X-A": canary}' } }],
  [/the extra headers \(\/.+\/acme_extra_headers\): /, { mounted: { acme_extra_headers: '["canary"]' } }],
];

test.for(badPlaces)("B.1-5 a bad value is told by where it is, and not shown: %s", async ([from, places]) => {
  const { message } = await rejection(settingsOf(places));
  expect(message).toMatch(from);
});

test("4.6-80 an empty variable is as good as none, and the next place is asked", async () => {
  const { argument: _, ...places } = credentialPlaces;
  for (const blank of ["", "  ", "\t\n"]) {
    const { found } = await resolve(await optionsOf({ ...places, environment: { ACME_API_KEY: blank } }));
    expect(found.provenance.place).toBe("mounted-secret");
  }
});
