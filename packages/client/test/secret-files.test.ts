import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import { apiKey, memoryStore } from "@org/auth-core";
import { expect, test } from "vitest";
import type { Environment } from "../src/index.ts";
import { openStorage, resolve, type Resolution } from "../src/source.ts";
import { rejection, tempFolder } from "./surroundings.ts";

const site = { ORG_AUTH_ISSUER: "https://id.example.com", ORG_AUTH_CLIENT_ID: "app" };

/** What else a secret needs to be a credential, and what holds it then. */
const secrets: Readonly<
  Record<string, { readonly with: Environment; readonly field: string; readonly config?: string }>
> = {
  API_KEY: { with: {}, field: "apiKey" },
  ACCESS_TOKEN: { with: {}, field: "accessToken" },
  REFRESH_TOKEN: { with: site, field: "refreshToken" },
  CLIENT_SECRET: { with: site, field: "clientSecret" },
  PRIVATE_KEY: { with: site, field: "privateKey" },
  PASSWORD: { with: { ...site, ORG_AUTH_USERNAME: "ana" }, field: "password" },
  DEVELOPER_TOKEN: {
    with: {},
    field: "developerToken",
    config: `[sites.one]\nissuer = "https://id.example.com"\nclient_id = "app"\ndeveloper_token_url = "https://api.example.com/redeem"\n`,
  },
};

function find(env: Environment, config = ""): Promise<Resolution> {
  const path = join(tempFolder(), "config.toml");
  writeFileSync(path, config);
  return resolve({ env: { HOME: tempFolder(), ORG_AUTH_CONFIG: path, ...env }, folder: false, store: memoryStore() });
}

/** A file with a secret, or with whatever. */
function fileWith(content: string): string {
  const path = join(tempFolder(), "secret");
  writeFileSync(path, content);
  return path;
}

test.for(Object.entries(secrets))(
  "%s may be in a file that another variable names",
  async ([name, { with: rest, field, config }]) => {
    for (const content of ["canary-secret", "canary-secret\n", "canary-secret\r\n"]) {
      const { found } = await find({ ...rest, [`ORG_AUTH_${name}_FILE`]: fileWith(content) }, config);
      expect(found.provenance.name).toBe(`ORG_AUTH_${name}_FILE`);
      expect(Object.getOwnPropertyDescriptor(found.credential, field)?.value).toBe("canary-secret");
      expect(inspect(found, { depth: 5 })).not.toContain("canary");
    }
  },
);

test("a key of several lines is read as it is", async () => {
  const pem = "-----BEGIN PRIVATE KEY-----\ncanary\ncanary\n-----END PRIVATE KEY-----";
  const { found } = await find({ ...site, ORG_AUTH_PRIVATE_KEY_FILE: fileWith(`${pem}\n`) });
  expect(found.credential).toMatchObject({ kind: "private-key" });
  expect(Object.getOwnPropertyDescriptor(found.credential, "privateKey")?.value).toBe(pem);
});

const broken: Readonly<Record<string, { readonly make: () => string; readonly why: RegExp }>> = {
  "is not there": { make: () => join(tempFolder(), "gone"), why: /names a file that is not there: / },
  "is empty": { make: () => fileWith(""), why: /it is empty$/ },
  "is blank": { make: () => fileWith(" \n\t\n"), why: /it is empty$/ },
  "is larger than any secret": {
    make: () => {
      const path = fileWith("canary-secret");
      truncateSync(path, 2 ** 31);
      return path;
    },
    why: /it is larger than 64 KiB$/,
  },
  ...(existsSync("/proc/self/smaps") && {
    "is large and tells no size": { make: () => "/proc/self/smaps", why: /it is larger than 64 KiB$/ },
  }),
  "is a folder": { make: tempFolder, why: /it is a folder$/ },
  "is a pipe": {
    make: () => {
      const path = join(tempFolder(), "pipe");
      execFileSync("mkfifo", [path]);
      return path;
    },
    why: /it is not a file$/,
  },
  "is below a file": { make: () => join(fileWith("canary"), "x"), why: /names a file that is not there: / },
};

for (const [what, { make, why }] of Object.entries(broken)) {
  test(`a secret's file that ${what} ends the search, and its variable is named`, async () => {
    for (const [name, { with: rest, config }] of Object.entries(secrets)) {
      const path = make();
      const error = await rejection(find({ ...rest, [`ORG_AUTH_${name}_FILE`]: path }, config));
      expect(error).toMatchObject({ code: "config_invalid", message: expect.stringMatching(why) });
      for (const told of [path, `ORG_AUTH_${name}_FILE`]) expect(error.message).toContain(told);
    }
  });
}

test("a secret and its file at once are too much, and both variables are named", async () => {
  for (const [name, { with: rest, config }] of Object.entries(secrets)) {
    const env = { ...rest, [`ORG_AUTH_${name}`]: "canary-one", [`ORG_AUTH_${name}_FILE`]: fileWith("canary-two") };
    const error = await rejection(find(env, config));
    expect(error).toMatchObject({
      code: "config_invalid",
      message: `ORG_AUTH_${name} and ORG_AUTH_${name}_FILE are both set`,
    });
  }
});

test("the passphrase of a store is a secret like the others", async () => {
  const words = "canary-words";
  const places: readonly Environment[] = [
    { ORG_AUTH_STORE_PASSPHRASE: words },
    { ORG_AUTH_STORE_PASSPHRASE_FILE: fileWith(`${words}\n`) },
    { ORG_AUTH_SECRETS_DIR: mounted({ org_auth_store_passphrase: `${words}\n` }) },
  ];
  const home = { HOME: tempFolder() };
  const key = { issuer: "https://id.example.com", clientId: "app", profile: "default" };
  const kept = apiKey({ apiKey: "canary-kept" });
  for (const env of places) {
    const { home: rung } = openStorage({ kind: "passphrase", env: { ...home, ...env } });
    const before = await rung.store.read(key);
    if (env !== places[0]) expect(before).toMatchObject({ kind: "api-key" });
    await rung.store.update(key, () => kept);
  }
  for (const [env, code] of [
    [{}, "config_missing"],
    [{ ORG_AUTH_STORE_PASSPHRASE_FILE: fileWith("") }, "config_invalid"],
    [{ ORG_AUTH_STORE_PASSPHRASE: words, ORG_AUTH_STORE_PASSPHRASE_FILE: fileWith(words) }, "config_invalid"],
  ] as const) {
    const { home: rung } = openStorage({ kind: "passphrase", env: { ...home, ...env } });
    expect(await rejection(rung.store.read(key))).toMatchObject({ code });
  }
});

function mounted(files: Readonly<Record<string, string>>): string {
  const folder = tempFolder();
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return folder;
}

test("B.1-4 a mounted secret is a file, named as the variable but in lower case, and the variable wins", async () => {
  const folder = mounted({ org_auth_api_key: "canary-mounted\n", ORG_AUTH_ACCESS_TOKEN: "canary-upper-case" });
  const env = { ORG_AUTH_SECRETS_DIR: folder };
  const { found, source } = await find(env);
  expect(found.provenance).toEqual({ place: "mounted-secret", name: join(folder, "org_auth_api_key") });
  expect((await source.getToken()).value).toBe("canary-mounted");

  const inEnv = await find({ ...env, ORG_AUTH_API_KEY: "canary-variable" });
  expect(inEnv.found.provenance.place).toBe("environment");
});

test("B.1-4 every kind of credential may be mounted whole", async () => {
  for (const [name, { with: rest, field, config }] of Object.entries(secrets)) {
    const parts = Object.entries({ ...rest, [`ORG_AUTH_${name}`]: "canary-mounted" });
    const folder = mounted(Object.fromEntries(parts.map(([name, part]) => [name.toLowerCase(), part ?? ""])));
    const { found } = await find({ ORG_AUTH_SECRETS_DIR: folder }, config);
    expect(found.provenance).toMatchObject({
      place: "mounted-secret",
      name: join(folder, `org_auth_${name.toLowerCase()}`),
    });
    expect(Object.getOwnPropertyDescriptor(found.credential, field)?.value).toBe("canary-mounted");
  }
});

test("B.1-4 secrets are mounted as orchestrators do it: through links that change all at once", async () => {
  const folder = tempFolder();
  mkdirSync(join(folder, "..data-1"));
  writeFileSync(join(folder, "..data-1/org_auth_api_key"), "canary-one");
  symlinkSync("..data-1", join(folder, "..data"));
  symlinkSync("..data/org_auth_api_key", join(folder, "org_auth_api_key"));
  const { source } = await find({ ORG_AUTH_SECRETS_DIR: folder });
  expect((await source.getToken()).value).toBe("canary-one");
});

test("B.1-4 a folder of secrets that is none has none", async () => {
  for (const folder of [join(tempFolder(), "gone"), fileWith("canary"), join(fileWith("canary"), "x")]) {
    const error = await rejection(find({ ORG_AUTH_SECRETS_DIR: folder }));
    expect(error).toMatchObject({ code: "no_credential" });
  }
});

test("a mounted secret that cannot be one ends the search, and its file is named", async () => {
  const folder = tempFolder();
  const path = join(folder, "org_auth_api_key");
  mkdirSync(path);
  const error = await rejection(find({ ORG_AUTH_SECRETS_DIR: folder }));
  expect(error).toMatchObject({
    code: "config_invalid",
    message: `cannot read the secret in ${path} (a mounted secret): it is a folder`,
  });
});
