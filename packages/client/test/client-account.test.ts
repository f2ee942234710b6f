import { apiKey, memoryStore } from "@org/auth-core";
import { expect, test } from "vitest";
import { createClient, type ClientOptions } from "../src/index.ts";
import {
  authServer,
  keep,
  login,
  numberedSource,
  rejection,
  scriptedServer,
  signIn,
  tempFolder,
  type ScriptedServer,
} from "./surroundings.ts";

const account = { subject: "canary-7", username: "ada", email: "ada@example.com" };

function clientWith(options: ClientOptions): ReturnType<typeof createClient> {
  return createClient({ baseUrl: "https://api.example.com", env: { HOME: tempFolder() }, folder: false, ...options });
}

test("B.1-32 who has signed in is known from the sign-in, with no request", async () => {
  const server = await authServer();
  const store = memoryStore();
  await keep(store, await signIn(server));
  const before = server.requests.length;
  const { subject, username, email, name } = await clientWith({ store }).account();
  expect(subject).toBe(server.person.subject);
  expect(name).toBe(username ?? email);
  expect(server.requests).toHaveLength(before);
});

test("B.1-32 a login, or a key that was made by one, names its person", async () => {
  const made = apiKey({ apiKey: "canary-key", account });
  for (const credential of [login({ account }), made]) {
    const store = memoryStore();
    await store.update({ issuer: "https://id.example.com", clientId: "app", profile: "default" }, () => credential);
    expect(await clientWith({ store }).account()).toEqual({ ...account, name: "ada" });
  }
  const store = memoryStore();
  await keep(store, login({ account: { subject: "7", email: "ada@example.com" } }));
  expect(await clientWith({ store }).account()).toMatchObject({ subject: "7", name: "ada@example.com" });
});

test("B.1-32 where nobody has signed in there is an account of nobody", async () => {
  for (const options of [
    {},
    { auth: "none" },
    { auth: "optional" },
    { apiKey: "canary-key" },
    { accessToken: "canary-token" },
    { source: numberedSource() },
  ] as const)
    expect(await clientWith(options).account()).toEqual({});
});

test("B.1-32 who signs in while a program runs has an account from then on", async () => {
  for (const auth of ["required", "optional"] as const) {
    const store = memoryStore();
    const client = clientWith({ store, auth });
    expect(await client.account()).toEqual({});
    await keep(store, login({ account }));
    expect(await client.account()).toMatchObject({ subject: "canary-7" });
  }
});

test("what is broken is not nobody", async () => {
  const half = { HOME: tempFolder(), ORG_AUTH_CLIENT_SECRET: "canary-secret" };
  expect(await rejection(clientWith({ env: half }).account())).toMatchObject({ code: "partial_credential" });
});

/** An issuer that tells who a token is for. */
async function issuerTelling(claims: object | undefined, status = 200): Promise<ScriptedServer> {
  const issuer: ScriptedServer = await scriptedServer(({ target, headers }, response) => {
    response.setHeader("content-type", "application/json");
    const { origin } = issuer;
    if (target === "/.well-known/openid-configuration") {
      const userinfo_endpoint = claims === undefined ? undefined : `${origin}/userinfo`;
      response.end(JSON.stringify({ issuer: origin, token_endpoint: `${origin}/token`, userinfo_endpoint }));
    } else if (target === "/token") {
      response.end('{"access_token":"canary-token","token_type":"Bearer","expires_in":60,"scope":"openid api:read"}');
    } else if (headers.authorization === "Bearer canary-token") {
      response.writeHead(status).end(JSON.stringify(claims));
    } else response.writeHead(401).end("{}");
  });
  return issuer;
}

const told: readonly (readonly [claims: object, account: object])[] = [
  [
    { sub: "7", name: "Ada L." },
    { subject: "7", name: "Ada L." },
  ],
  [
    { sub: "7", given_name: "Ada", family_name: "L.", preferred_username: "ada" },
    { subject: "7", username: "ada", name: "Ada L." },
  ],
  [
    { sub: "7", preferred_username: "ada", email: "a@example.com" },
    { subject: "7", username: "ada", email: "a@example.com", name: "ada" },
  ],
  [
    { sub: "7", email: "a@example.com", name: 7 },
    { subject: "7", email: "a@example.com", name: "a@example.com" },
  ],
  [{ sub: "7", name: "x".repeat(256) }, { subject: "7" }],
];

test.for(told)("B.1-32 whom a refresh token is for the server tells, once: %j", async ([claims, expected]) => {
  const issuer = await issuerTelling(claims);
  const client = clientWith({
    issuer: issuer.origin,
    clientId: "app",
    refreshToken: "canary-refresh",
    store: memoryStore(),
  });
  const accounts = await Promise.all([client.account(), client.account()]);
  accounts.push(await client.account());
  expect(accounts).toEqual([expected, expected, expected]);
  expect(issuer.requests.filter(({ target }) => target === "/userinfo")).toHaveLength(1);
});

test("B.1-32 a login without an ID token is asked for at the server that it is of", async () => {
  const issuer = await issuerTelling({ sub: "7" });
  const server = { issuer: issuer.origin, tokenEndpoint: `${issuer.origin}/token`, issParameterSupported: true };
  const store = memoryStore();
  const asked = { ...server, userinfoEndpoint: `${issuer.origin}/userinfo` };
  await keep(store, login({ server: asked, accessToken: "canary-token", scopes: ["openid"] }));
  expect(await clientWith({ store }).account()).toMatchObject({ subject: "7" });
  await keep(store, login({ server: asked, accessToken: "canary-token", scopes: ["api:read"] }));
  expect(await clientWith({ store }).account()).toEqual({});
  await keep(store, login({ server, accessToken: "canary-token", scopes: ["openid"] }));
  expect(await clientWith({ store }).account()).toEqual({});
  expect(issuer.requests).toHaveLength(1);
});

test("a server that does not tell leaves nobody, and one that fails is asked again", async () => {
  for (const issuer of [await issuerTelling(undefined), await issuerTelling({}, 403)]) {
    const given = { issuer: issuer.origin, clientId: "app", refreshToken: "canary-refresh", store: memoryStore() };
    expect(await clientWith(given).account()).toEqual({});
  }
  for (const [claims, code] of [
    [{ sub: 7 }, "bad_response"],
    [[], "bad_response"],
  ] as const) {
    const issuer = await issuerTelling(claims);
    const given = { issuer: issuer.origin, clientId: "app", refreshToken: "canary-refresh", store: memoryStore() };
    const client = clientWith(given);
    for (const count of [1, 2]) {
      expect(await rejection(client.account())).toMatchObject({ code });
      expect(issuer.requests.filter(({ target }) => target === "/userinfo")).toHaveLength(count);
    }
  }
});

test("a session that makes a client's tokens says whose they are", async () => {
  const source = { ...numberedSource(), getAccount: async () => Promise.resolve(account) };
  expect(await clientWith({ source }).account()).toEqual({ ...account, name: "ada" });
  const nobody = { ...numberedSource(), getAccount: async () => Promise.resolve(undefined) };
  expect(await clientWith({ source: nobody }).account()).toEqual({});
});
