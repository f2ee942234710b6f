import type { AuthorizationServer, TokenSet } from "@org/auth-core";
import { credentialToJson } from "@org/auth-core/storage";
import { startAuthServer, type AuthServer, type AuthServerOptions } from "@org/auth-testing";
import { expect, onTestFinished, test } from "vitest";
import {
  clientCredentials,
  exchangeToken,
  jwtBearer,
  passwordGrant,
  refresh,
  type ClientIdentity,
  type HttpOptions,
  type TokenTarget,
} from "../src/index.ts";
import { rejection } from "./rejection.ts";
import { scriptedServer } from "./scripted-server.ts";
import { signingKey } from "./signing-key.ts";

const jwtType = "urn:ietf:params:oauth:token-type:jwt";
const accessTokenType = "urn:ietf:params:oauth:token-type:access_token";
const machine = { clientId: "machine", clientSecret: "client-canary" };
const tokens = { access_token: "access-canary-1", token_type: "Bearer", expires_in: 60 };

interface Options extends TokenTarget {
  readonly http?: HttpOptions;
}

type Grant = (server: AuthorizationServer, client: ClientIdentity, options: Options) => Promise<TokenSet>;

const password: Grant = (server, client, options) =>
  passwordGrant(server, client, { username: "ana & co", password: "canary +%&=é", ...options });
const exchange: Grant = (server, client, options) =>
  exchangeToken(server, client, { subjectToken: "subject-canary", subjectTokenType: jwtType, ...options });
const bearer: Grant = (server, client, options) => jwtBearer(server, client, { assertion: "a.canary.c", ...options });

const grants = [
  { name: "client credentials", grant: clientCredentials as Grant, sent: { grant_type: "client_credentials" } },
  {
    name: "B.5-3 password",
    grant: password,
    sent: { grant_type: "password", username: "ana & co", password: "canary +%&=é" },
  },
  {
    name: "token exchange",
    grant: exchange,
    sent: {
      grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
      subject_token: "subject-canary",
      subject_token_type: jwtType,
    },
  },
  {
    name: "JWT bearer",
    grant: bearer,
    sent: { grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", assertion: "a.canary.c" },
  },
];

test.for(grants)("$name is one request, and its answer a token set", async ({ grant, sent }) => {
  const server = await scriptedServer();
  server.on("/token", { json: { ...tokens, id_token: "not.even.one", issued_token_type: accessTokenType } });
  const set = await grant(server.metadata, { clientId: "app" }, { http: { now: () => 7 } });
  expect(server.requests).toMatchObject([{ method: "POST", path: "/token" }]);
  expect(Object.fromEntries(server.requests[0]?.form ?? [])).toEqual({ ...sent, client_id: "app" });
  expect(JSON.parse(JSON.stringify(credentialToJson(set)))).toEqual({
    kind: "token-set",
    server: server.metadata,
    clientId: "app",
    accessToken: "access-canary-1",
    obtainedAtMs: 7,
    expiresAtMs: 60_007,
    scopes: [],
    generation: 0,
  });
});

test.for(grants)(
  "B.2-4 $name: scopes are one parameter, each audience and each resource is its own",
  async ({ grant }) => {
    const server = await scriptedServer();
    server.on("/token", { json: tokens });
    const scopes = ["read", "write"];
    const audiences = ["api one", "api-two"];
    const resources = ["https://one.example.com/?a=1&b=2", "https://two.example.com"];
    const set = await grant(server.metadata, machine, { scopes, audiences, resources });
    const { form } = server.requests[0] ?? {};
    expect(form?.getAll("scope")).toEqual(["read write"]);
    expect(form?.getAll("audience")).toEqual(audiences);
    expect(form?.getAll("resource")).toEqual(resources);
    expect(set).toMatchObject({ scopes, audiences, resources });
  },
);

test.for(grants)("$name: what the server gives instead of the scopes is what is kept", async ({ grant }) => {
  const server = await scriptedServer();
  server.on("/token", { json: { ...tokens, scope: "read" } });
  expect(await grant(server.metadata, machine, { scopes: ["read", "write"] })).toMatchObject({ scopes: ["read"] });
});

test.for(grants)(
  "4.1-12 4.1-13 4.1-14 4.1-22 B.4-7 $name: a bad answer is refused and nothing of it told",
  async ({ grant }) => {
    const server = await scriptedServer();
    const attempt = (): Promise<unknown> => grant(server.metadata, machine, {});
    for (const [answer, code] of [
      [{ json: { ...tokens, token_type: "N_A" } }, "bad_response"],
      [{ json: { ...tokens, token_type: undefined } }, "bad_response"],
      [{ json: { ...tokens, access_token: "canary\r\n" } }, "bad_response"],
      [{ json: { ...tokens, access_token: undefined, id_token: "a.canary.c" } }, "bad_response"],
      [{ json: ["canary"] }, "bad_response"],
      [{ html: "<h1>canary</h1>" }, "bad_response"],
      [{ html: JSON.stringify(tokens) }, "bad_response"],
      [{ html: "canary", headers: { "content-type": "application/json" } }, "bad_response"],
      [{ json: { error: "invalid_scope" } }, "invalid_scope"],
      [{ json: { error: "invalid_client" }, status: 401 }, "invalid_client"],
      [{ json: { error: "unsupported_grant_type" }, status: 400 }, "unsupported_by_server"],
      [{ json: { error: "invalid_target" }, status: 400 }, "server_error"],
      [{ json: { error: "slow", error_description: "later" }, status: 503 }, "server_unavailable"],
      [{ json: {}, status: 307, headers: { location: "https://evil.example" } }, "bad_response"],
    ] as const) {
      server.on("/token", answer);
      expect(await rejection(attempt()), JSON.stringify(answer)).toMatchObject({ code });
    }
  },
);

test.for(grants.slice(1))("$name: what to do when it is not accepted is said", async ({ grant }) => {
  const server = await scriptedServer();
  server.on("/token", { json: { error: "invalid_grant", error_description: "no \u001b[2J" }, status: 400 });
  const error = await rejection(grant(server.metadata, machine, {}));
  expect(error).toMatchObject({ code: "invalid_grant", message: expect.stringContaining("\\x1b[2J") as string });
  expect(error.hint).not.toContain("`login`");
});

test.for(grants)("$name goes to no insecure endpoint", async ({ grant }) => {
  const server = await scriptedServer();
  const metadata = { ...server.metadata, issuer: "https://id.example.com" };
  expect(await rejection(grant(metadata, machine, {}))).toMatchObject({ code: "insecure_endpoint" });
  expect(server.requests).toEqual([]);
});

test("B.5-10 a password's account is that of a checked ID token, and of no other", async () => {
  const server = await scriptedServer();
  const key = await signingKey();
  server.on("/jwks", { json: { keys: [key.jwk] } });
  const seconds = Date.now() / 1000;
  const claims = {
    iss: server.issuer,
    aud: "app",
    sub: "ana",
    email: "ana@example.com",
    iat: seconds,
    exp: seconds + 60,
  };
  const attempt = async (idToken: string | undefined): Promise<TokenSet> => {
    server.on("/token", { json: { ...tokens, refresh_token: "refresh-canary-1", id_token: idToken } });
    return await password(server.metadata, { clientId: "app" }, { scopes: ["openid"] });
  };
  const set = await attempt(await key.sign(claims));
  expect(set).toMatchObject({
    account: { subject: "ana", email: "ana@example.com" },
    refreshToken: "refresh-canary-1",
  });

  for (const bad of [undefined, await key.sign({ ...claims, aud: "other" }), await (await signingKey()).sign(claims)]) {
    expect(await rejection(attempt(bad))).toMatchObject({ code: "bad_id_token" });
  }
  const sent = server.requests.length;
  const metadata = { ...server.metadata, jwksUri: undefined };
  const unchecked = password(metadata, { clientId: "app" }, { scopes: ["openid"] });
  expect(await rejection(unchecked)).toMatchObject({ code: "unsupported_by_server" });
  expect(server.requests.length).toBe(sent);
});

test("the type of token that is wanted in exchange is told", async () => {
  const server = await scriptedServer();
  server.on("/token", { json: tokens });
  const subject = { subjectToken: "subject-canary", subjectTokenType: jwtType };
  await exchangeToken(server.metadata, machine, { ...subject, requestedTokenType: accessTokenType });
  expect(server.requests[0]?.form.get("requested_token_type")).toBe(accessTokenType);
});

async function provider(options: AuthServerOptions = {}): Promise<AuthServer> {
  const server = await startAuthServer({
    clients: [{ clientId: "app", authMethod: "client_secret_basic", clientSecret: "client-canary" }],
    resources: ["https://api.example.com", "https://other.example.com"],
    ...options,
  });
  onTestFinished(() => server.close());
  return server;
}

const app: ClientIdentity = { clientId: "app", clientSecret: "client-canary" };

test("a real provider takes a person's password, and renews for the same API", async () => {
  const server = await provider();
  const { username, password: right, subject } = server.person;
  const target = { scopes: ["openid", "api:read"], resources: ["https://api.example.com"] };
  const set = await passwordGrant(server.metadata, app, { username, password: right, ...target });
  expect(set.account?.subject).toBe(subject);
  const renewed = await refresh(set, app);
  for (const { accessToken } of [set, renewed]) {
    expect(await server.introspect(accessToken)).toMatchObject({ active: true, subject, audiences: target.resources });
  }

  const wrong = passwordGrant(server.metadata, app, { username, password: "canary", scopes: ["api:read"] });
  expect(await rejection(wrong)).toMatchObject({
    code: "invalid_grant",
    hint: "Check the user name and the password.",
  });
});

test("a real provider gives a machine a token for the API it names, and none for one it does not know", async () => {
  const server = await provider();
  const ask = (resource: string): Promise<TokenSet> =>
    clientCredentials(server.metadata, app, { scopes: ["api:read"], resources: [resource] });
  const { accessToken } = await ask("https://api.example.com");
  expect(await server.introspect(accessToken)).toMatchObject({
    active: true,
    scopes: ["api:read"],
    audiences: ["https://api.example.com"],
  });
  expect(await rejection(ask("https://unknown.example.com"))).toMatchObject({
    code: "server_error",
    error: "invalid_target",
  });
});

test("a real provider exchanges an access token, for the same person and another API", async () => {
  const server = await provider();
  const { username, password: right, subject } = server.person;
  const login = await passwordGrant(server.metadata, app, { username, password: right, scopes: ["api:read"] });
  const subjectTokenType = accessTokenType;
  const set = await exchangeToken(server.metadata, app, {
    subjectToken: login.accessToken,
    subjectTokenType,
    scopes: ["api:write"],
    audiences: ["billing", "storage"],
  });
  expect(await server.introspect(set.accessToken)).toMatchObject({
    active: true,
    subject,
    scopes: ["api:write"],
    audiences: ["billing", "storage"],
  });
  server.endSession();
  const dead = exchangeToken(server.metadata, app, { subjectToken: login.accessToken, subjectTokenType });
  expect(await rejection(dead)).toMatchObject({ code: "invalid_grant" });
});

test("a real provider gives a token for a platform's JWT, by either grant, and for nobody else's", async () => {
  const [platform, stranger] = [await signingKey("ES256"), await signingKey("ES256")];
  const server = await provider({ trustedKeys: [platform.jwk] });
  const exp = Math.floor(Date.now() / 1000) + 60;
  const claims = { iss: "https://ci.example.com", sub: "repository:tools", aud: server.issuer, exp };
  const both = (jwt: string): readonly Promise<TokenSet>[] => [
    jwtBearer(server.metadata, app, { assertion: jwt, scopes: ["api:read"] }),
    exchangeToken(server.metadata, app, { subjectToken: jwt, subjectTokenType: jwtType, scopes: ["api:read"] }),
  ];
  for (const { accessToken } of await Promise.all(both(await platform.sign(claims)))) {
    expect(await server.introspect(accessToken)).toMatchObject({ active: true, subject: "repository:tools" });
  }
  for (const bad of [
    await stranger.sign(claims),
    await platform.sign({ ...claims, aud: "https://id.example.com" }),
    await platform.sign({ ...claims, exp: exp - 120 }),
    await platform.sign({ ...claims, sub: undefined }),
  ]) {
    for (const attempt of both(bad)) expect(await rejection(attempt)).toMatchObject({ code: "invalid_grant" });
  }
});
