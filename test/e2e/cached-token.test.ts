import { chmodSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { formatKey, tokenSet, type CredentialKey, type TokenSet } from "@org/auth-core";
import { dataFolder, fileStore } from "@org/auth-storage-file";
import { expect, test } from "vitest";
import { run, tempHome } from "./org-auth.ts";

const acme: CredentialKey = { issuer: "https://id.acme.example", clientId: "cli", profile: "default" };
const other: CredentialKey = { issuer: "https://id.other.example", clientId: "cli", profile: "default" };

function login({ issuer, clientId }: CredentialKey, accessToken: string, fields: Partial<TokenSet> = {}): TokenSet {
  const server = { issuer, tokenEndpoint: "https://127.0.0.1:1/token", issParameterSupported: false };
  const obtainedAtMs = Date.now();
  const life = { obtainedAtMs, expiresAtMs: obtainedAtMs + 3_600_000 };
  return tokenSet({ server, clientId, accessToken, scopes: [], generation: 0, ...life, ...fields });
}

interface Situation {
  readonly logins?: readonly (readonly [CredentialKey, TokenSet])[];
  readonly env?: Readonly<Record<string, string>>;
  readonly config?: string;
  readonly args?: readonly string[];
  /** What is printed; `undefined`: an error is. */
  readonly token: string | undefined;
}

const config = (name: string): string =>
  `default_site = "${name}"\n[sites.acme]\nissuer = "${acme.issuer}"\nclient_id = "cli"\n` +
  `[sites.other]\nissuer = "${other.issuer}"\nclient_id = "cli"\n`;

const both = [
  [acme, login(acme, "acme-token")],
  [other, login(other, "other-token")],
] as const;

const situations: Readonly<Record<string, Situation>> = {
  "one login, named by nothing": { logins: [both[0]], token: "acme-token" },
  "two logins, named by nothing": { logins: both, token: undefined },
  "two logins, named by the environment": {
    logins: both,
    env: { ORG_AUTH_ISSUER: other.issuer, ORG_AUTH_CLIENT_ID: "cli" },
    token: "other-token",
  },
  "half a name in the environment": { logins: both, env: { ORG_AUTH_ISSUER: other.issuer }, token: undefined },
  "two logins, named by the configuration": { logins: both, config: config("other"), token: "other-token" },
  "a configuration that names another login": { logins: [both[0]], config: config("other"), token: undefined },
  "a configuration that cannot be read": { logins: [both[0]], config: "[", token: undefined },
  "two profiles": {
    logins: [both[0], [{ ...acme, profile: "work" }, login(acme, "work-token")]],
    args: ["--profile", "work"],
    token: "work-token",
  },
  "a profile by the environment": {
    logins: [both[0], [{ ...acme, profile: "Work" }, login(acme, "work-token")]],
    env: { ORG_AUTH_PROFILE: "Work" },
    token: "work-token",
  },
  "a profile that ends like another": {
    logins: [[{ ...acme, profile: "my-work" }, login(acme, "my-work-token")]],
    args: ["--profile", "work"],
    token: undefined,
  },
  "a login that has ended": {
    logins: [[acme, login(acme, "x", { ended: { reason: "invalid_grant", atMs: 0 } })]],
    token: undefined,
  },
  "a token that has expired, and cannot be renewed": {
    logins: [[acme, login(acme, "x", { obtainedAtMs: 0, expiresAtMs: 1 })]],
    token: undefined,
  },
  "a token of unknown lifetime": {
    logins: [[acme, login(acme, "opaque", { expiresAtMs: undefined })]],
    token: "opaque",
  },
  "a key in the environment": { logins: [both[0]], env: { ORG_AUTH_API_KEY: "key" }, token: "key" },
  "an API that is not safe": {
    logins: [both[0]],
    env: { ORG_AUTH_API_URL: "http://api.example.com" },
    token: undefined,
  },
  "no login at all": { token: undefined },
};

for (const [name, { logins = [], env = {}, config, args = [], token }] of Object.entries(situations)) {
  test(`the short way to a token answers as the whole program does: ${name}`, async () => {
    const home = tempHome();
    const all = { HOME: home, PATH: process.env["PATH"], ...env };
    const store = fileStore({ folder: dataFolder({ appName: "org-auth", env: all }) });
    for (const [key, credential] of logins) await store.update(key, () => credential);
    if (config !== undefined) {
      const path = join(home, ".config/org-auth/config.toml");
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, config);
    }

    const short = await run(["token", ...args], { env: all });
    const whole = await run(["token", ...args, "--json"], { env: all });
    const answer = JSON.parse(whole.stdout) as { access_token?: string };
    expect(answer.access_token).toBe(token);
    expect(short.stdout).toBe(token === undefined ? "" : `${token}\n`);
    expect(short.status).toBe(whole.status);
  });
}

test("F11 a login that others could read is made private, with one warning, on the way to its token", async () => {
  const home = tempHome();
  const env = { HOME: home, PATH: process.env["PATH"] };
  const folder = dataFolder({ appName: "org-auth", env });
  await fileStore({ folder }).update(acme, () => login(acme, "acme-token"));
  const path = join(folder, "credentials", `${formatKey(acme)}.json`);
  chmodSync(path, 0o644);

  const first = await run(["token"], { env });
  expect(first).toMatchObject({ status: 0, stdout: "acme-token\n" });
  expect(first.stderr).toContain(path);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(await run(["token"], { env })).toMatchObject({ status: 0, stdout: "acme-token\n", stderr: "" });
});
