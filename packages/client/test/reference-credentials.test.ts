import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import { changedTokenSet, explain, fixed, accessToken, memoryStore, type AuthEvent } from "@org/auth-core";
import { expect, test } from "vitest";
import { authorizedFetch, createClient, openSession } from "../src/index.ts";
import { ladderStore, openStorage, resolve, search } from "../src/source.ts";
import {
  authServer,
  failure,
  keep,
  login,
  protectedApi,
  recordingServer,
  rejection,
  signIn,
  tempFolder,
} from "./surroundings.ts";

test("B.1-17 whether there is a login is told without a server, also of one that has expired", async () => {
  const server = await recordingServer();
  const store = memoryStore();
  const options = { env: {}, folder: false, store } as const;
  const place = async () => (await explain((await search(options)).providers)).found?.provenance.place;
  expect(await place()).toBeUndefined();
  const metadata = { issuer: server.origin, tokenEndpoint: `${server.origin}/token`, issParameterSupported: true };
  await keep(store, login({ server: metadata, obtainedAtMs: 0, expiresAtMs: 1 }));
  expect(await place()).toBe("stored-login");
  expect(server.requests).toEqual([]);
});

test("B.1-21 logins in plain files go to another machine with their folder, and are renewed there", async () => {
  const server = await authServer();
  const api = await protectedApi(server);
  const [here, there] = [tempFolder(), tempFolder()];
  const envOf = (HOME: string) => ({ HOME, ORG_AUTH_STORE: "file" });
  const target = { baseUrl: api.baseUrl, origins: [api.origin] };
  const set = changedTokenSet(await signIn(server), { api: target });
  await keep(ladderStore(openStorage({ env: envOf(here) })), set);
  cpSync(join(here, ".local"), join(there, ".local"), { recursive: true });

  const { source } = await resolve({ env: envOf(there), folder: false });
  const token = await source.getToken();
  expect(token.value).toBe(set.accessToken);
  api.refuse(token.value);
  expect((await authorizedFetch(source, { origins: [api.origin] })(`${api.baseUrl}/me`)).status).toBe(200);
});

test("B.5-1 each way to be somebody, or nobody, is what is given", async () => {
  const store = memoryStore();
  const site = { ORG_AUTH_ISSUER: "https://id.example.com", ORG_AUTH_CLIENT_ID: "app" };
  await keep(store, login());
  const kindOf = async (more: object, env: object = {}): Promise<string> =>
    (await resolve({ store, folder: false, ...more, env: { ...site, ...env } })).found.credential.kind;
  expect(await kindOf({ auth: "none" })).toBe("anonymous");
  expect(await kindOf({})).toBe("token-set");
  expect(await kindOf({}, { ORG_AUTH_USERNAME: "ana", ORG_AUTH_PASSWORD: "canary" })).toBe("password");
  expect(await kindOf({}, { ORG_AUTH_ACCESS_TOKEN: "canary" })).toBe("static-token");
  expect(await kindOf({}, { ORG_AUTH_CLIENT_SECRET: "canary" })).toBe("client-secret");

  const api = await recordingServer();
  const double = fixed(accessToken({ value: "test-only" }));
  await createClient({ baseUrl: api.origin, source: double }).get("a");
  expect(api.requests[0]?.headers.authorization).toBe("Bearer test-only");
});

test("B.5-4 a token out of a file is used as it is, and never renewed: what refuses it has the last word", async () => {
  const server = await authServer();
  const api = await protectedApi(server);
  const path = join(tempFolder(), "token");
  const { accessToken: token } = await signIn(server);
  writeFileSync(path, `${token}\n`);
  const env = { ORG_AUTH_ACCESS_TOKEN_FILE: path };
  const { source } = await resolve({ env, folder: false, store: memoryStore() });
  const fetch = authorizedFetch(source, { origins: [api.origin] });
  expect((await fetch(`${api.baseUrl}/me`)).status).toBe(200);

  api.refuse(token);
  const requests = server.requests.length;
  expect((await fetch(`${api.baseUrl}/me`)).status).toBe(401);
  expect(server.requests).toHaveLength(requests);
  expect(readFileSync(path, "utf8")).toBe(`${token}\n`);
});

test("B.6-10 what no token can be is not quoted, and what keeps nothing on disk still reads what is given", async () => {
  const spoilt = { ORG_AUTH_ACCESS_TOKEN: "canary token\u0001" };
  const options = { folder: false, store: memoryStore() } as const;
  expect(await rejection(resolve({ ...options, env: spoilt }))).toMatchObject({
    code: "config_invalid",
    message: expect.stringContaining("ORG_AUTH_ACCESS_TOKEN"),
  });
  const path = join(tempFolder(), "key");
  writeFileSync(path, "canary-key\n");
  const session = openSession({ env: { ORG_AUTH_API_KEY_FILE: path }, folder: false, noCache: true });
  expect(await session.getAccessToken()).toBe("canary-key");
});

test("B.6-10 a refresh token that was given is replaced by the one that comes back", async () => {
  const server = await authServer();
  const { refreshToken = "" } = await signIn(server);
  const env = {
    ORG_AUTH_ISSUER: server.issuer,
    ORG_AUTH_CLIENT_ID: server.nativeClientId,
    ORG_AUTH_REFRESH_TOKEN: refreshToken,
  };
  const { source } = await resolve({ env, folder: false, store: memoryStore() });
  const first = await source.getToken();
  const second = await source.getToken({ rejected: first });
  const third = await source.getToken({ rejected: second });
  expect(await server.introspect(third.value)).toMatchObject({ active: true });
  expect(server.tokenRequests("refresh_token")).toBe(3);
  expect(server.refreshTokenReuses).toBe(0);
});

test("B.6-11 variables without the product's prefix are another program's", async () => {
  const names = [
    "CLIENT_ID",
    "CLIENT_SECRET",
    "REFRESH_TOKEN",
    "ACCESS_TOKEN",
    "TOKEN",
    "API_KEY",
    "USERNAME",
    "PASSWORD",
  ];
  const bare = Object.fromEntries(names.map((name) => [name, `canary-${name}`]));
  const env = { ...bare, ORG_AUTH_ISSUER: "https://id.example.com", ORG_AUTH_CLIENT_ID: "app" };
  const { settings, providers } = await search({ env, folder: false, store: memoryStore() });
  expect(settings.site?.clientId).toBe("app");
  expect(JSON.stringify(await explain(providers))).not.toContain("canary");
  expect((await explain(providers)).found).toBeUndefined();
  expect(await failure(resolve({ env: bare, folder: false, store: memoryStore() }))).toMatchObject({
    code: "no_credential",
  });
});

test("B.6-12 a program that can ask nobody says that there is no login, and what to do", async () => {
  const env = { HOME: tempFolder(), ORG_AUTH_STORE: "file" };
  expect(await rejection(resolve({ env, folder: false }))).toMatchObject({
    name: "NoCredentialError",
    hint: "run `org-auth login`",
  });
});

test("B.6-12 nothing of what a server's answer holds besides is told, by errors or events", async () => {
  const server = await authServer();
  const { clientId, clientSecret } = server.confidentialClient;
  const env = { ORG_AUTH_ISSUER: server.issuer, ORG_AUTH_CLIENT_ID: clientId, ORG_AUTH_CLIENT_SECRET: clientSecret };
  const events: AuthEvent[] = [];
  const { source } = await resolve({
    env,
    folder: false,
    store: memoryStore(),
    onEvent: (event) => events.push(event),
  });
  for (const body of [{ error: "server_error", access_token: "canary-1", password: "canary-2" }, "<p>canary-3</p>"]) {
    server.failNext("/token", { status: 400, body });
    await rejection(source.getToken());
  }
  expect(events.map(({ type }) => type)).toContain("renewal-ended");
  expect(inspect(events, { depth: 10, showHidden: true })).not.toContain("canary");
});
