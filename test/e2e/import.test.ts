import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { authorizationCode } from "@org/auth-flows";
import { assertNoSecrets } from "@org/auth-testing";
import { expect, test } from "vitest";
import { jwtEnding } from "./jwt-ending.ts";
import { setUp, type Ended } from "./org-auth.ts";

/** A file of another system, in a home. It is as it was when this gives true. */
function put(home: string, name: string, content: object): { readonly path: string; readonly isSame: () => boolean } {
  const path = join(home, name);
  const text = JSON.stringify(content);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text, { mode: 0o600 });
  const { mtimeMs } = statSync(path);
  return { path, isSame: () => readFileSync(path, "utf8") === text && statSync(path).mtimeMs === mtimeMs };
}

/** A person whose login only Wallaroo's file has; its access token has ended. */
async function wallarooPerson() {
  const all = await setUp();
  const { server, person, home } = all;
  const show = async (url: string): Promise<void> => {
    await person.signIn(url);
  };
  const scopes = ["openid", "offline_access", "api:read"];
  const set = await authorizationCode(server.metadata, { clientId: server.nativeClientId }, { scopes, show });
  const file = put(home, ".cache/wallaroo_sdk/auth/keycloak.json", {
    access_token: set.accessToken,
    expiry: Date.now() / 1000 - 5,
    refresh_token: set.refreshToken,
    refresh_token_expiry: Date.now() / 1000 + 3600,
    user_id: server.person.subject,
    user_email: server.person.email,
  });
  const secrets = { "access token": set.accessToken, "refresh token": set.refreshToken ?? "" };
  const orgAuth = async (...args: string[]): Promise<Ended> => {
    const ended = await all.orgAuth(...args);
    assertNoSecrets({ stdout: ended.stdout, stderr: ended.stderr }, secrets);
    return ended;
  };
  return { ...all, file, orgAuth };
}

test("B.5-8 a login of another system is taken over without signing in, and renews itself here", async () => {
  const { server, file, orgAuth } = await wallarooPerson();
  const dry = await orgAuth("import", "--from", "wallaroo", "--dry-run");
  expect(dry).toMatchObject({ status: 0, stdout: "" });
  expect(dry.stderr).toContain(`would import "default": a login of ${server.person.email}`);
  expect((await orgAuth("token")).status).toBe(4);

  const imported = await orgAuth("import", "--from", "wallaroo", "--json");
  expect(imported).toMatchObject({ status: 0, stderr: "" });
  expect(JSON.parse(imported.stdout)).toMatchObject({
    schemaVersion: 1,
    from: "wallaroo",
    path: file.path,
    dry_run: false,
    logins: [
      {
        profile: "default",
        outcome: "imported",
        kind: "token-set",
        account: { subject: server.person.subject, email: server.person.email },
        refreshable: true,
      },
    ],
  });
  expect(server.tokenRequests("refresh_token")).toBe(0);

  const token = await orgAuth("token");
  expect(token.status).toBe(0);
  expect(await server.introspect(token.stdout.trim())).toMatchObject({ active: true });
  expect(server.tokenRequests("refresh_token")).toBe(1);
  expect((await orgAuth("curl", "/me")).stdout).toContain(server.person.subject);

  // The old refresh token is dead by now: taken over again, it would end the login.
  const again = await orgAuth("import", "--from", "wallaroo");
  expect(again).toMatchObject({ status: 0, stdout: "" });
  expect(again.stderr).toContain('left "default" as it is');
  expect(await orgAuth("token")).toMatchObject({ status: 0, stdout: token.stdout });
  expect(server.refreshTokenReuses).toBe(0);
  expect(file.isSame()).toBe(true);
});

test("B.1-21 an Anaconda keyring that was copied from elsewhere is named by --path, and its key kept by --profile", async () => {
  const { home, server, orgAuth } = await setUp();
  const key = jwtEnding(Date.now() + 3_600_000);
  const value = Buffer.from(JSON.stringify({ api_key: key, username: "ana" })).toString("base64");
  const { host } = new URL(server.issuer);
  const { path, isSame } = put(home, "copied", { "Anaconda Cloud": { [host]: value } });
  const imported = await orgAuth("import", "--from", "anaconda", "--path", path, "--profile", "work");
  expect(imported).toMatchObject({ status: 0, stdout: "", stderr: 'imported "work": an API key\n' });
  expect(await orgAuth("token", "--profile", "work")).toMatchObject({ status: 0, stdout: `${key}\n` });
  expect((await orgAuth("token")).status).toBe(4);
  expect(isSame()).toBe(true);
});

test("B.4-3 pancloud's profiles are taken over, and the exit status tells that one was not", async () => {
  const { home, server, orgAuth } = await setUp();
  const record = { client_id: server.nativeClientId, refresh_token: "canary-refresh" };
  const file = put(home, ".config/pancloud/credentials.json", {
    profiles: { 1: { ...record, profile: "one" }, 2: { ...record, profile: "two", client_secret: "canary-secret" } },
  });
  const imported = await orgAuth("import", "--from", "pancloud");
  expect(imported).toMatchObject({ status: 2, stdout: "" });
  expect(imported.stderr).toContain('imported "one": a login');
  expect(imported.stderr).toContain('not imported "two": only a client secret renews');
  expect(imported.stderr).toContain("ORG_AUTH_CLIENT_SECRET");
  const json = await orgAuth("import", "--from", "pancloud", "--json");
  expect(JSON.parse(json.stdout)).toMatchObject({
    logins: [
      { profile: "one", outcome: "present" },
      { profile: "two", outcome: "refused", reason: "config_missing" },
    ],
  });
  expect(imported.stderr + json.stdout).not.toContain("canary");
  expect((await orgAuth("import", "--from", "pancloud", "--profile", "one")).status).toBe(0);
  expect(file.isSame()).toBe(true);
});

test("a login that has ended is not taken over, and neither is one whose file is not there", async () => {
  const { home, server, orgAuth } = await setUp();
  const none = await orgAuth("import", "--from", "descarteslabs");
  expect(none).toMatchObject({ status: 4, stdout: "" });
  expect(none.stderr).toContain("[no_credential]");
  put(home, ".descarteslabs/token_info.json", {
    client_id: server.nativeClientId,
    jwt_token: jwtEnding(Date.now() - 1000),
  });
  const ended = await orgAuth("import", "--from", "descarteslabs");
  expect(ended).toMatchObject({ status: 4, stdout: "" });
  expect(ended.stderr).toContain("[login_required]");
});

test("a system that is not known, or whose files are not, is an error that says so", async () => {
  const { orgAuth } = await setUp();
  for (const [from, said] of [
    [["--from", "keystone"], "is not documented"],
    [["--from", "elsewhere"], "no such system is known"],
    [[], "import takes --from"],
  ] as const) {
    const ended = await orgAuth("import", ...from);
    expect(ended).toMatchObject({ status: 2, stdout: "" });
    expect(ended.stderr).toContain(said);
  }
});
