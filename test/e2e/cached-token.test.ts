import { chmodSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { formatKey, tokenSet, type CredentialKey, type TokenSet } from "@org/auth-core";
import { dataFolder, fileStore } from "@org/auth-storage-file";
import { expect, test } from "vitest";
import { canMount, mountNamespace } from "../faults/mount-namespace.ts";
import { run, tempHome, type Ended } from "./org-auth.ts";

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
    await keepAll(all, logins);
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

/** What else than variables and the configuration may change the answer. */
interface Around {
  /** The `.env` file of the working directory. */
  readonly dotenv?: string;
  /** What has been chosen by command; `HERE` is the working directory. */
  readonly choices?: string;
  readonly status: number;
  /** All of standard output, or what it is like. */
  readonly stdout: string | RegExp;
}

const profiles = [both[0], [{ ...acme, profile: "work" }, login(acme, "work-token")]] as const;

const around: Readonly<Record<string, Around>> = {
  "a .env file without anything of ours": { dotenv: "PORT=80\n", status: 0, stdout: "acme-token\n" },
  "a .env file that names a profile": { dotenv: "ORG_AUTH_PROFILE=work\n", status: 0, stdout: "work-token\n" },
  "a .env file that wants JSON": { dotenv: "ORG_AUTH_OUTPUT=json\n", status: 0, stdout: /^\{.*"acme-token".*\}\n$/ },
  "a .env file with a key and its address": {
    dotenv: "ORG_AUTH_API_KEY=test-only\nORG_AUTH_API_URL=https://api.example.com\n",
    status: 0,
    stdout: "test-only\n",
  },
  "a .env file that would move the login": {
    dotenv: "ORG_AUTH_API_URL=https://evil.example\n",
    status: 5,
    stdout: "",
  },
  "a .env file with what is ignored": { dotenv: "ORG_AUTH_CLIENT_SECRET=x\n", status: 0, stdout: "acme-token\n" },
  "a .env file with export": { dotenv: "export ORG_AUTH_PROFILE=work\n", status: 0, stdout: "work-token\n" },
  "a profile chosen for all folders": {
    choices: '{"defaultProfile":"work","profiles":{},"trusted":{}}',
    status: 0,
    stdout: "work-token\n",
  },
  "a profile chosen for this folder": {
    choices: '{"profiles":{"HERE":"work"},"trusted":{}}',
    status: 0,
    stdout: "work-token\n",
  },
  "a profile chosen for another folder": {
    choices: '{"profiles":{"HERE/below":"work"},"trusted":{}}',
    status: 0,
    stdout: "acme-token\n",
  },
  "choices that cannot be read": { choices: "{", status: 2, stdout: "" },
};

for (const [name, { dotenv, choices, status, stdout }] of Object.entries(around)) {
  test(`the short way to a token answers as the whole program does where there is ${name}`, async () => {
    const [home, folder] = [tempHome(), tempHome()];
    const env = { HOME: home, PATH: process.env["PATH"] };
    await keepAll(env, profiles);
    if (dotenv !== undefined) writeFileSync(join(folder, ".env"), dotenv);
    if (choices !== undefined) {
      const path = join(home, ".config/org-auth/choices.json");
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, choices.replaceAll("HERE", folder));
    }
    // An option that changes nothing here keeps it off its short way.
    const whole = await run(["token", "--allow-mixed"], { env, folder });
    expect(whole.status, whole.stderr).toBe(status);
    if (stdout instanceof RegExp) expect(whole.stdout).toMatch(stdout);
    else expect(whole.stdout).toBe(stdout);
    const short = await run(["token"], { env, folder });
    expect(withoutLifetime(short)).toEqual(withoutLifetime(whole));
  });
}

/** `expires_in` tells when it was asked for. */
function withoutLifetime({ status, stdout, stderr }: Ended): object {
  return { status, stdout: stdout.replace(/"expires_in":\d+/, ""), stderr };
}

test.skipIf(!canMount)(
  "the short way to a token answers as the whole program does where secrets are mounted",
  async () => {
    const env = { HOME: tempHome(), PATH: process.env["PATH"] };
    await keepAll(env, profiles);
    const { under, script } = await mountNamespace();
    await script("mount -t tmpfs none /run; mkdir /run/secrets; echo other > /run/secrets/password");
    expect(await run(["token"], { env, folder: env.HOME, under })).toMatchObject({ status: 0, stdout: "acme-token\n" });
    for (const [name, token] of [
      ["org_auth_profile", "work-token"],
      ["org_auth_api_key", "work"],
    ] as const) {
      await script('echo work > "/run/secrets/$1"', name);
      for (const args of [["token", "--allow-mixed"], ["token"]])
        expect(await run(args, { env, folder: env.HOME, under }), args.join(" ")).toMatchObject({
          stdout: `${token}\n`,
        });
    }
  },
);

async function keepAll(env: Readonly<Record<string, string | undefined>>, logins: NonNullable<Situation["logins"]>) {
  const store = fileStore({ folder: dataFolder({ appName: "org-auth", env }) });
  for (const [key, credential] of logins) await store.update(key, () => credential);
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
