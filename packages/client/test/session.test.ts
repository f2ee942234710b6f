import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { headlessPerson, startApiKeys, type AuthServer } from "@org/auth-testing";
import { expect, onTestFinished, test } from "vitest";
import { defineProduct, openSession, type Session, type SessionOptions } from "../src/index.ts";
import { authServer, rejection, signIn, tempFolder } from "./surroundings.ts";

interface Person {
  readonly options: SessionOptions;
  readonly home: string;
  /** How often they were asked to sign in. */
  readonly asked: () => number;
}

const nobody = { flow: "browser", open: () => false } as const;

/** A person with a home of their own, who signs in whenever they are asked to. */
function person(server: AuthServer, more: SessionOptions = {}): Person {
  const home = tempFolder();
  let asked = 0;
  const show = (url: string): void => {
    asked++;
    void headlessPerson(server.person).signIn(url);
  };
  const options: SessionOptions = {
    issuer: server.issuer,
    clientId: server.nativeClientId,
    env: { HOME: home, ORG_AUTH_STORE: "file" },
    folder: false,
    signIn: { flow: "browser", open: () => true, show },
    ...more,
  };
  return { options, home, asked: () => asked };
}

test("B.2-3 one call signs a person in, and gives the token ever after", async () => {
  const server = await authServer();
  const { options, asked } = person(server);
  const session = openSession(options);
  const tokens = await Promise.all(Array.from({ length: 20 }, () => session.getAccessToken()));
  expect(new Set(tokens).size).toBe(1);
  expect(await openSession(options).getAccessToken()).toBe(tokens[0]);
  expect(asked()).toBe(1);
});

test("B.5-7 B.2-3 a login that has ended is made anew, by the same call", async () => {
  const server = await authServer();
  const { options, asked } = person(server);
  const session = openSession(options);
  const token = await session.getToken();
  server.failNext("/token", { status: 400, body: { error: "invalid_grant" } });
  const next = await session.getToken({ rejected: token });
  expect(next.value).not.toBe(token.value);
  expect(asked()).toBe(2);
});

test("B.4-5 B.3-5 B.2-6 without a cache nothing is on disk, and the tokens are held in memory", async () => {
  const server = await authServer();
  const { options, home, asked } = person(server, { noCache: true });
  const session = openSession(options);
  expect(await session.getAccessToken()).toBe(await session.getAccessToken());
  expect(asked()).toBe(1);
  expect(readdirSync(home)).toEqual([]);
  await openSession(options).getAccessToken();
  expect(asked()).toBe(2);
});

test("B.2-6 a client's tokens are destroyed in memory and on disk, and no other's", async () => {
  const server = await authServer();
  const { options, home, asked } = person(server);
  const session = openSession(options);
  const first = await session.getAccessToken();
  const folder = join(home, ".local/share/org-auth/credentials");
  expect(readdirSync(folder)).toHaveLength(1);

  await openSession({ ...options, clientId: "another" }).destroyTokens();
  expect(await session.getAccessToken()).toBe(first);
  await session.destroyTokens();
  expect(existsSync(folder) ? readdirSync(folder) : []).toEqual([]);
  expect(await session.getAccessToken()).not.toBe(first);
  expect(asked()).toBe(2);
});

test("B.2-6 with a client's tokens go those of all its profiles, and what a developer token and a refresh token were redeemed for", async () => {
  const server = await authServer();
  const keys = await startApiKeys({ introspect: server.introspect });
  onTestFinished(() => keys.close());
  const { developerToken, url: developerTokenUrl } = keys.developerToken;
  const { issuer, nativeClientId: clientId } = server;
  const sites = { one: { issuer, clientId, developerTokenUrl } };
  const product = defineProduct({ name: "acme", envPrefix: "ACME_", sites, defaultSite: "one" });
  const { options, home, asked } = person(server, { product, issuer: undefined, clientId: undefined });
  const env = { HOME: home, ACME_STORE: "file" };
  const { refreshToken = "" } = await signIn(server);
  const at = (more: SessionOptions): Session => openSession({ ...options, env, ...more });
  const sessions = [
    at({}),
    at({ profile: "work" }),
    at({ developerToken }),
    at({ issuer, clientId, refreshToken }),
  ] as const;
  const tokens = await Promise.all(sessions.map((session) => session.getAccessToken()));
  const folder = join(home, ".local/share/acme/credentials");
  expect(readdirSync(folder)).toHaveLength(4);

  const [first, , developer] = sessions;
  await developer.destroyTokens();
  expect(readdirSync(folder)).toEqual([]);
  // What was given is still there, and is redeemed anew.
  const redemptions = keys.requests.length;
  expect(await developer.getAccessToken()).not.toBe(tokens[2]);
  expect(keys.requests).toHaveLength(redemptions + 1);

  await first.destroyTokens();
  expect(readdirSync(folder)).toEqual([]);
  expect(await at({ signIn: nobody }).getAccount()).toBeUndefined();
  expect(await rejection(at({ signIn: nobody }).getAccessToken())).toMatchObject({ code: "login_required" });
  expect(await first.getAccessToken()).not.toBe(tokens[0]);
  expect(asked()).toBe(3);
});

test("B.2-6 whoever asks while the tokens are destroyed gets none of those", async () => {
  const server = await authServer();
  for (const noCache of [false, true]) {
    const { options, asked } = person(server, { noCache });
    const session = openSession(options);
    const before = await session.getAccessToken();
    const destroyed = session.destroyTokens();
    const meanwhile = await Promise.all([session.getAccessToken(), session.getAccessToken()]);
    await destroyed;
    expect(meanwhile).not.toContain(before);
    expect(new Set([...meanwhile, await session.getAccessToken()]).size).toBe(1);
    expect(asked()).toBe(2);
  }
});

test("B.2-6 one that cannot be removed keeps no other, nor what is in memory", async () => {
  const server = await authServer();
  const { options, home, asked } = person(server);
  const session = openSession(options);
  const token = await session.getAccessToken();
  const folder = join(home, ".local/share/org-auth/credentials");
  const [own = ""] = readdirSync(folder);
  // A login's name on something that is none.
  mkdirSync(join(folder, own.replace("+default", "+broken")));
  expect(await rejection(session.destroyTokens())).toMatchObject({ code: "store_unavailable" });
  expect(existsSync(join(folder, own))).toBe(false);
  expect(await session.getAccessToken()).not.toBe(token);
  expect(asked()).toBe(2);
});

test("a caller that gives up ends its own wait, and not the sign-in", async () => {
  const server = await authServer();
  const { options, asked } = person(server);
  const session = openSession(options);
  const impatient = new AbortController();
  const others = session.getAccessToken();
  const one = session.getAccessToken({ signal: impatient.signal });
  impatient.abort(new Error("enough"));
  await expect(one).rejects.toThrow("enough");
  expect(await others).not.toBe("");
  expect(asked()).toBe(1);
});

test("what keeps a session from being opened keeps only the calls until it is mended", async () => {
  const server = await authServer();
  const env: Record<string, string> = { HOME: tempFolder(), ORG_AUTH_STORE: "none" };
  const session = openSession(person(server, { env }).options);
  expect(await rejection(session.getAccount())).toMatchObject({ code: "config_invalid" });
  env["ORG_AUTH_STORE"] = "file";
  expect(await session.getAccessToken()).not.toBe("");
});

test("4.1-35 who has signed in, and how, is looked up without a word of a credential that is used", async () => {
  const server = await authServer({ acrValues: ["phr"] });
  const events: string[] = [];
  const warnings: string[] = [];
  const { options } = person(server, {
    onEvent: ({ type }) => events.push(type),
    onWarning: (warning) => warnings.push(warning),
  });
  const session = openSession(options);
  await session.stepUp({ acrValues: ["phr"] });
  for (let count = 0; count < 3; count++) {
    expect(await session.getAccount()).toMatchObject({ subject: server.person.subject });
  }
  await session.stepUp({ acrValues: ["phr"] });
  const given = openSession({ ...options, env: { ...options.env, ORG_AUTH_ACCESS_TOKEN: "given" } });
  expect(await given.getAccount()).toBeUndefined();
  expect([...events, ...warnings]).toEqual(["signed-in"]);
});

test("2.3 whose account it is is not told by a credential that may not be used", async () => {
  const server = await authServer();
  const folder = tempFolder();
  writeFileSync(join(folder, ".env"), `ORG_AUTH_API_URL=${server.issuer}\n`);
  const { options } = person(server, { folder, accessToken: "given" });
  expect(await rejection(openSession(options).getAccount())).toMatchObject({ code: "untrusted_origin" });
});

test("where no browser can be opened and nobody is shown the address, that is an error and nothing hangs", async () => {
  const server = await authServer();
  const { options } = person(server, { signIn: nobody });
  expect(await rejection(openSession(options).getAccessToken())).toMatchObject({ code: "login_required" });
});

test("nothing says where to sign in", async () => {
  const session = openSession({ env: { HOME: tempFolder() }, folder: false });
  expect(await rejection(session.getAccessToken())).toMatchObject({ code: "config_missing" });
  expect(await rejection(session.destroyTokens())).toMatchObject({ code: "config_missing" });
});

test("what was given outright and has ended is an error each time: no sign-in would take its place", async () => {
  const server = await authServer();
  const { refreshToken = "" } = await signIn(server);
  const given = { ORG_AUTH_REFRESH_TOKEN: refreshToken, ORG_AUTH_CLIENT_ID: server.nativeClientId };
  const env = { HOME: tempFolder(), ORG_AUTH_STORE: "file", ORG_AUTH_ISSUER: server.issuer, ...given };
  const { options, asked } = person(server, { env, issuer: undefined, clientId: undefined });
  const session = openSession(options);
  const token = await session.getToken();
  server.failNext("/token", { status: 400, body: { error: "invalid_grant" } });
  const { code, hint } = await rejection(session.getToken({ rejected: token }));
  expect({ code, hint }).toEqual({ code: "login_required", hint: "put another one into ORG_AUTH_REFRESH_TOKEN" });
  expect(asked()).toBe(0);
});
