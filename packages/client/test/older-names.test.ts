import { readFileSync, writeFileSync } from "node:fs";
import { watch } from "node:fs/promises";
import { join } from "node:path";
import { memoryStore } from "@org/auth-core";
import { headlessPerson } from "@org/auth-testing";
import { expect, test } from "vitest";
import { defineProduct, openSession } from "../src/index.ts";
import { readSettings, resolve, search, trust, variable, type Environment, type Product } from "../src/source.ts";
import { authServer, rejection, tempFolder } from "./surroundings.ts";

const product = defineProduct({
  name: "acme",
  envPrefix: "ACME_",
  envNames: {
    ACCESS_TOKEN: ["ACME_TOKEN", "OLD_TOKEN"],
    API_KEY: ["ACME_SDK_KEY"],
    API_URL: ["ACME_DOMAIN"],
    BROWSER: ["ACME_OPENER"],
    CLIENT_ID: ["ACME_AUTH_CLIENT"],
    CONFIG: ["ACME_SETTINGS"],
    IDENTITY_TOKEN_FILE: ["ACME_JOB_TOKEN"],
    ISSUER: ["ACME_AUTH_DOMAIN"],
    PASSWORD: ["ACME_PASS"],
    PROFILE: ["ACME_WHO"],
    SECRETS_DIR: ["OLD_SECRETS"],
    STORE: ["OLD_STORE"],
  },
});

/** What is found of these variables, and what it is called there. */
async function found(env: Environment, folder: string | false = false) {
  const resolution = await resolve({ product, env: { HOME: tempFolder(), ...env }, folder, store: memoryStore() });
  const { credential, provenance } = resolution.found;
  return [credential.kind, provenance.place, provenance.name];
}

test("B.1-1 B.5-2 settings by their older names are told by these", async () => {
  const env = { ACME_AUTH_DOMAIN: "id.example.com", ACME_AUTH_CLIENT: "theirs", ACME_DOMAIN: "api.example.com" };
  const { site, apiUrl, origins } = await readSettings(product, {}, { env, folder: false });
  expect(site).toMatchObject({ issuer: "https://id.example.com", clientId: "theirs" });
  expect(apiUrl).toBe("https://api.example.com");
  expect(origins).toMatchObject({ issuer: "ACME_AUTH_DOMAIN", clientId: "ACME_AUTH_CLIENT", apiUrl: "ACME_DOMAIN" });
});

test("B.3-1 the product's own name goes before the older ones, and these in the order they are listed in", async () => {
  const all = { ACME_ACCESS_TOKEN: "own-test", ACME_TOKEN: "older-test", OLD_TOKEN: "oldest-test" };
  expect(await found(all)).toEqual(["static-token", "environment", "ACME_ACCESS_TOKEN"]);
  expect(await found({ ...all, ACME_ACCESS_TOKEN: " " })).toEqual(["static-token", "environment", "ACME_TOKEN"]);
  expect(await found({ OLD_TOKEN: "oldest-test" })).toEqual(["static-token", "environment", "OLD_TOKEN"]);
});

test("a credential may be put together of both, and the issuer of a secret may be a domain", async () => {
  const env = { ACME_AUTH_DOMAIN: "id.example.com", ACME_AUTH_CLIENT: "theirs", ACME_CLIENT_SECRET: "test-only" };
  expect(await found(env)).toEqual(["client-secret", "environment", "ACME_CLIENT_SECRET"]);
});

test("a secret may be in the file that its older name with _FILE names, and not in both", async () => {
  const path = join(tempFolder(), "token");
  writeFileSync(path, "test-only\n");
  expect(await found({ ACME_TOKEN_FILE: path })).toEqual(["static-token", "environment", "ACME_TOKEN_FILE"]);
  const { code, message } = await rejection(found({ ACME_TOKEN: "test-only", ACME_TOKEN_FILE: path }));
  expect([code, message]).toEqual(["config_invalid", "ACME_TOKEN and ACME_TOKEN_FILE are both set"]);
});

test("B.1-4 a mounted secret may have an older name, in a folder that an older name names", async () => {
  const folder = tempFolder();
  writeFileSync(join(folder, "acme_sdk_key"), "test-only");
  const name = join(folder, "acme_sdk_key");
  expect(await found({ OLD_SECRETS: folder })).toEqual(["api-key", "mounted-secret", name]);
});

test("the platform's identity, the store and the configuration are found by older names", async () => {
  const folder = tempFolder();
  writeFileSync(join(folder, "config.toml"), '[sites.one]\nissuer = "https://id.example.com"\nclient_id = "theirs"\n');
  const env = { ACME_SETTINGS: join(folder, "config.toml"), ACME_JOB_TOKEN: join(folder, "token") };
  expect(await found(env)).toEqual(["workload-identity", "workload-identity", "ACME_JOB_TOKEN"]);
  const searched = search({ product, env: { ...env, OLD_STORE: "cupboard" }, folder: false });
  expect((await rejection(searched)).message).toMatch(/^OLD_STORE is "cupboard"/);
});

test.skipIf(process.platform === "win32")("a person signs in with the browser that an older name names", async () => {
  const server = await authServer();
  const folder = tempFolder();
  // A browser is any program that is given the address.
  const program = join(folder, "browser");
  const script = `#!/bin/sh\nprintf %s "$1" > '${folder}/part' && mv '${folder}/part' '${folder}/address'\n`;
  writeFileSync(program, script, { mode: 0o700 });
  const changes = watch(folder, { signal: AbortSignal.timeout(10_000) });
  const env = { HOME: tempFolder(), PATH: process.env["PATH"], ACME_OPENER: program };
  const { issuer, nativeClientId: clientId } = server;
  const token = openSession({ product, issuer, clientId, env, folder: false, noCache: true }).getAccessToken();
  for await (const { filename } of changes) if (filename === "address") break;
  await headlessPerson(server.person).signIn(readFileSync(join(folder, "address"), "utf8"));
  expect(await server.introspect(await token)).toMatchObject({ active: true });
});

/** A folder with this `.env`, and what is warned of. */
function dotenv(text: string): { readonly folder: string; readonly path: string } {
  const folder = tempFolder();
  writeFileSync(join(folder, ".env"), text);
  return { folder, path: join(folder, ".env") };
}

test("4.6-75 4.6-76 an untrusted .env file may say by older names what it may by the product's own, and no more", async () => {
  const { folder, path } = dotenv(
    "ACME_WHO=work\nACME_TOKEN=test-only\nACME_TOKEN_FILE=/etc/hostname\nOLD_STORE=file\nACME_AUTH_DOMAIN=evil.example\nOTHER=1\n",
  );
  const warnings: string[] = [];
  const onWarning = (warning: string): number => warnings.push(warning);
  const settings = await readSettings(product, {}, { env: { HOME: tempFolder() }, folder, onWarning });
  expect(settings).toMatchObject({ profile: "work", origins: { profile: `ACME_WHO in ${path}` } });
  expect(settings.site).toBeUndefined();
  expect(settings.refused).toMatchObject({ name: "ACME_AUTH_DOMAIN", path, origin: "https://evil.example" });
  expect(warnings.map((warning) => warning.split(" in ")[0]).sort()).toEqual([
    "ACME_TOKEN",
    "ACME_TOKEN_FILE",
    "OLD_STORE",
  ]);
  expect(warnings.filter((warning) => warning.endsWith("that is for the environment"))).toHaveLength(2);
});

test("a whole pair of a key and its address may have older names, which trust tells", async () => {
  const { folder, path } = dotenv("ACME_SDK_KEY=test-only\nACME_DOMAIN=api.example.com\n");
  expect(await found({}, folder)).toEqual(["api-key", "dotenv", `ACME_SDK_KEY in ${path}`]);
  expect(await trust(path, product, { HOME: tempFolder() })).toEqual(["ACME_SDK_KEY", "ACME_DOMAIN"]);
});

test("of two names in a .env file the product's own counts, and a line of the other is still told when it is none", async () => {
  const { folder } = dotenv('ACME_WHO=older\nACME_PROFILE=own\nOLD_TOKEN="test-only\n');
  const warnings: string[] = [];
  const surroundings = { env: { HOME: tempFolder() }, folder, onWarning: (one: string) => warnings.push(one) };
  expect((await readSettings(product, {}, surroundings)).profile).toBe("own");
  expect(warnings.join()).toContain("line 3 is left out");
});

test("without older names there are none: what another product has is not read", () => {
  const bare: Product = { name: "acme", envPrefix: "ACME_" };
  expect(variable(bare, { OLD_TOKEN: "theirs" }, "ACCESS_TOKEN")).toBeUndefined();
});

const refused: readonly (readonly [what: string, envNames: object])[] = [
  ["no variable", { USER: ["ACME_USER"] }],
  ["no name", { USERNAME: ["acme user"] }],
  ["another variable's own name", { USERNAME: ["ACME_PROFILE"] }],
  ["the name of another secret's file", { USERNAME: ["ACME_API_KEY_FILE"] }],
  ["a name of two variables", { USERNAME: ["WHO"], PROFILE: ["WHO"] }],
  ["a name whose file is another's", { USERNAME: ["WHO_FILE"], PASSWORD: ["WHO"] }],
];

test.for(refused)("a product does not take older names of %s", ([, envNames]) => {
  expect(() => defineProduct({ name: "acme", envPrefix: "ACME_", envNames })).toThrow(/^product\.envNames\.[A-Z]+ /);
});
