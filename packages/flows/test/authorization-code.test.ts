import { createHash } from "node:crypto";
import type { TokenSet } from "@org/auth-core";
import { credentialFromJson, credentialToJson } from "@org/auth-core/storage";
import { expect, test } from "vitest";
import {
  authorizationCode,
  authorizationServer,
  type AuthorizationCodeOptions,
  type HttpOptions,
} from "../src/index.ts";
import { browse, callbackUrl, visit, type Page } from "./browser.ts";
import { rejection } from "./rejection.ts";
import { scriptedServer, type ScriptedServer } from "./scripted-server.ts";
import { signingKey, unsignedJwt, type SigningKey } from "./signing-key.ts";

const client = { clientId: "app" };
const tokens = {
  access_token: "access-canary-1",
  refresh_token: "refresh-canary-1",
  token_type: "Bearer",
  expires_in: 60,
};
const code = "code-canary";

interface Login {
  readonly url: string;
  readonly result: Promise<TokenSet>;
  /** Comes back from the server, as its own answer unless something is changed. */
  comeBack(changes?: Readonly<Record<string, string | undefined>>): Promise<Page>;
}

/** Starts a login and gets as far as the browser's being opened. */
function startLogin(server: ScriptedServer, options: Partial<AuthorizationCodeOptions> = {}): Promise<Login> {
  return new Promise((resolve, reject) => {
    const result: Promise<TokenSet> = authorizationCode(server.metadata, client, {
      scopes: ["read"],
      show: (url) =>
        resolve({
          url,
          result,
          comeBack: (changes) => browse(callbackUrl(url, { code, iss: server.issuer, ...changes })),
        }),
      ...options,
    });
    result.catch(reject);
  });
}

/** Signs in with `openid`; `forge` makes the ID token from what a good one says. */
async function signInWith(
  server: ScriptedServer,
  forge: (claims: Record<string, unknown>) => Promise<string> | string | undefined,
  http: HttpOptions = {},
): Promise<TokenSet> {
  const login = await startLogin(server, { scopes: ["openid", "read"], http });
  const nonce = new URL(login.url).searchParams.get("nonce");
  const seconds = Date.now() / 1000;
  const claims = { iss: server.issuer, aud: "app", sub: "ana", iat: seconds, exp: seconds + 60, nonce };
  const idToken = await forge(claims);
  server.on("/token", { json: { ...tokens, id_token: idToken } });
  const outcome = login.result.catch((error: unknown) => error);
  const page = await login.comeBack();
  const result = await outcome;
  expect(page.text).toContain(result instanceof Error ? "You are not signed in" : "You are signed in");
  return login.result;
}

async function serverWithKeys(...keys: readonly SigningKey[]): Promise<ScriptedServer> {
  const server = await scriptedServer();
  server.on("/jwks", { json: { keys: keys.map(({ jwk }) => jwk) } });
  return server;
}

test("4.2-47 a person signs in: PKCE, state, and a redirect to 127.0.0.1 that is listened for before the browser opens", async () => {
  const server = await scriptedServer();
  server.on("/token", { json: tokens });
  const login = await startLogin(server, {
    scopes: ["read", "write"],
    extraParameters: { prompt: "login", state: "mine", code_challenge_method: "plain" },
    http: { now: () => 7 },
  });
  const { origin, pathname, searchParams } = new URL(login.url);
  const asked = Object.fromEntries(searchParams);
  expect(origin + pathname).toBe(`${server.issuer}/authorize`);
  expect(asked).toEqual({
    response_type: "code",
    client_id: "app",
    redirect_uri: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/callback$/),
    scope: "read write",
    state: expect.stringMatching(/^[\w-]{43}$/),
    code_challenge: expect.stringMatching(/^[\w-]{43}$/),
    code_challenge_method: "S256",
    prompt: "login",
  });

  const page = await login.comeBack();
  const set = await login.result;
  const sent = Object.fromEntries(server.requests[0]?.form ?? []);
  expect(sent).toEqual({
    grant_type: "authorization_code",
    code,
    redirect_uri: asked["redirect_uri"],
    code_verifier: expect.stringMatching(/^[\w-]{43}$/),
    client_id: "app",
  });
  const challenge = createHash("sha256")
    .update(sent["code_verifier"] ?? "")
    .digest("base64url");
  expect(challenge).toBe(asked["code_challenge"]);
  expect(credentialToJson(set)).toEqual({
    kind: "token-set",
    server: server.metadata,
    clientId: "app",
    accessToken: tokens.access_token,
    refreshToken: tokens.refresh_token,
    obtainedAtMs: 7,
    expiresAtMs: 60_007,
    scopes: ["read", "write"],
    generation: 0,
  });
  expect(page).toMatchObject({ status: 200, text: expect.stringContaining("You are signed in") });
  expect(page.address).not.toMatch(/code|state/);
  await expect(login.comeBack()).rejects.toThrow("ECONNREFUSED");
});

test("B.6-3 B.1-12 the page tells the truth: it waits for the exchange, and says when that failed", async () => {
  const server = await scriptedServer();
  server.on("/token", { json: { error: "invalid_grant", error_description: "<b>\u001b[2Jexpired" }, status: 400 });
  const login = await startLogin(server);
  const [page, error] = await Promise.all([login.comeBack(), rejection(login.result)]);
  expect(error).toMatchObject({ code: "invalid_grant" });
  expect(page.status).toBe(400);
  expect(page.text).toContain("You are not signed in");
  expect(page.text).toContain("&#60;b&#62;\\x1b[2Jexpired");
  expect(page.text).not.toContain("<b>");
  expect(server.requests).toHaveLength(1);
});

test("4.1-6 S256 and state are sent whatever a server says that it supports", async () => {
  const server = await scriptedServer();
  for (const supported of [undefined, [], ["plain"]]) {
    const { issuer, metadata } = server;
    const [authorization_endpoint, token_endpoint] = [metadata.authorizationEndpoint, metadata.tokenEndpoint];
    const json = { issuer, authorization_endpoint, token_endpoint, code_challenge_methods_supported: supported };
    server.on("/.well-known/openid-configuration", { json });
    const login = await startLogin({ ...server, metadata: await authorizationServer(issuer) }, { timeoutMs: 50 });
    const asked = new URL(login.url).searchParams;
    expect(asked.get("code_challenge_method")).toBe("S256");
    expect(asked.get("state")).toMatch(/^[\w-]{43}$/);
    expect(await rejection(login.result)).toMatchObject({ code: "login_timeout" });
  }
});

test("4.2-36 4.2-37 B.6-3 a forged callback is refused and the login waits on", async () => {
  const server = await scriptedServer();
  server.on("/token", { json: tokens });
  const login = await startLogin(server);
  const forged = [{ state: undefined }, { state: "" }, { state: "x" }, { state: undefined, error: "access_denied" }];
  for (const changes of [...forged, ...forged, ...forged, ...forged, ...forged, ...forged]) {
    expect(await login.comeBack(changes)).toMatchObject({ status: 400 });
  }
  const twice = `${callbackUrl(login.url, { code })}&state=x`;
  expect(await visit(twice)).toMatchObject({ status: 400 });
  expect(server.requests).toEqual([]);
  expect(await login.comeBack()).toMatchObject({ status: 200 });
  expect((await login.result).accessToken).toBe(tokens.access_token);
});

test("4.2-37 B.6-3 what the server refuses ends the login, and is told in its own words, made safe", async () => {
  const server = await scriptedServer();
  for (const [error, expected] of [
    ["access_denied", "access_denied"],
    ["invalid_scope", "invalid_scope"],
    ["temporarily_unavailable", "server_unavailable"],
    ["interaction_required", "server_error"],
  ] as const) {
    const login = await startLogin(server);
    const description = "<script>\u202eno";
    const outcome = rejection(login.result);
    const page = await login.comeBack({ code: undefined, error, error_description: description });
    expect(await outcome).toMatchObject({ code: expected, error, description: "<script>\\u202eno" });
    expect(page.text).toContain("&#60;script&#62;\\u202eno");
  }
  expect(server.requests).toEqual([]);
});

test("4.2-39 an answer of another issuer, or of nobody's when an issuer is promised, ends the login and its code goes nowhere", async () => {
  const server = await scriptedServer();
  for (const iss of ["https://evil.example", `${server.issuer}/`, undefined, ""]) {
    const login = await startLogin(server);
    const outcome = rejection(login.result);
    expect(await login.comeBack({ iss })).toMatchObject({ status: 400 });
    expect(await outcome).toMatchObject({ code: "issuer_mismatch" });
  }
  const login = await startLogin(server);
  const outcome = rejection(login.result);
  await browse(`${callbackUrl(login.url, { code, iss: server.issuer })}&iss=${encodeURIComponent(server.issuer)}`);
  expect(await outcome).toMatchObject({ code: "issuer_mismatch" });
  expect(server.requests).toEqual([]);
});

test("a server that promises no iss may leave it out, but not send a wrong one", async () => {
  const server = await scriptedServer();
  server.on("/token", { json: tokens });
  const silent = { ...server, metadata: { ...server.metadata, issParameterSupported: false } };
  const login = await startLogin(silent);
  await login.comeBack({ iss: undefined });
  expect((await login.result).accessToken).toBe(tokens.access_token);

  const other = await startLogin(silent);
  const outcome = rejection(other.result);
  await other.comeBack({ iss: "https://evil.example" });
  expect(await outcome).toMatchObject({ code: "issuer_mismatch" });
});

test("4.2-40 a code of another server, for a login that was begun at ours, goes to neither", async () => {
  const [ours, other] = [await scriptedServer(), await scriptedServer()];
  for (const server of [ours, other]) server.on("/token", { json: tokens });
  for (const iss of [other.issuer, undefined]) {
    const login = await startLogin(ours);
    const outcome = rejection(login.result);
    const page = await login.comeBack({ code: "code-canary-of-the-other", iss });
    expect(await outcome).toMatchObject({ code: "issuer_mismatch" });
    expect(page).toMatchObject({ status: 400, text: expect.stringContaining("You are not signed in") });
  }
  expect([...ours.requests, ...other.requests]).toEqual([]);
});

test("4.2-41 an answer that is not a code, or is more, is refused", async () => {
  const server = await scriptedServer();
  for (const changes of [{ code: undefined }, { id_token: "x" }, { access_token: "x" }, { response: "x" }]) {
    const login = await startLogin(server);
    const outcome = rejection(login.result);
    await login.comeBack(changes);
    expect(await outcome, JSON.stringify(changes)).toMatchObject({ code: "bad_response" });
  }
  expect(server.requests).toEqual([]);
});

test("B.4-6 F68 two logins at a time do not meet", async () => {
  const server = await scriptedServer();
  server.on("/token", ({ form }) => ({ json: { ...tokens, access_token: form.get("code") } }));
  const [first, second] = await Promise.all([startLogin(server), startLogin(server)]);
  const firstState = new URL(first.url).searchParams.get("state") ?? "";
  expect(await second.comeBack({ state: firstState, code: "stolen" })).toMatchObject({ status: 400 });
  await Promise.all([first.comeBack({ code: "one" }), second.comeBack({ code: "two" })]);
  expect([(await first.result).accessToken, (await second.result).accessToken]).toEqual(["one", "two"]);
});

test("with openid the account comes from a signed ID token, whatever good algorithm signed it", async () => {
  for (const alg of ["RS256", "ES256"] as const) {
    const key = await signingKey(alg);
    const server = await serverWithKeys(key);
    const set = await signInWith(server, (claims) =>
      key.sign({ ...claims, preferred_username: "ana\u001b", email: "x".repeat(1000), aud: ["app"] }),
    );
    expect(set.account).toEqual({ subject: "ana", username: "ana\\x1b", email: `${"x".repeat(320)}…` });
    expect(credentialFromJson(credentialToJson(set))).toEqual(set);
  }
});

test("4.1-35 how and when the person signed in is what the ID token says, where that makes sense", async () => {
  const key = await signingKey();
  const server = await serverWithKeys(key);
  const set = await signInWith(server, (claims) => key.sign({ ...claims, acr: "phr", auth_time: 1_700_000_000 }));
  // As far as the clocks are known to differ: a server says its time to the second.
  expect([set.acr, Math.round((set.authenticatedAtMs ?? 0) / 10_000)]).toEqual(["phr", 170_000_000]);
  expect(credentialFromJson(credentialToJson(set))).toEqual(set);
  for (const [acr, time] of [
    ["p h", 1e300],
    [7, 1e10],
    ["x".repeat(201), undefined],
  ] as const) {
    const strange = await signInWith(server, (claims) => key.sign({ ...claims, acr, auth_time: time }));
    expect([strange.acr, strange.authenticatedAtMs]).toEqual([undefined, undefined]);
  }
});

test("F35 a clock that is a minute wrong is forgiven", async () => {
  const key = await signingKey();
  const server = await serverWithKeys(key);
  const seconds = Date.now() / 1000;
  const times = { exp: seconds - 50, iat: seconds + 50, nbf: seconds + 50 };
  const set = await signInWith(server, (claims) => key.sign({ ...claims, ...times }));
  expect(set.account?.subject).toBe("ana");
});

test("F34 F35 a sign-in that fails for the times of its ID token says by how much our clock is off, if it is", async () => {
  const key = await signingKey();
  const server = await serverWithKeys(key);
  const seconds = Date.now() / 1000;
  for (const [aheadSeconds, times, skew] of [
    [-3600, { exp: seconds + 60 }, "about 60 min slow"],
    [-3600, { iat: seconds - 3600, nbf: seconds }, "about 60 min slow"],
    [-120, {}, "about 2 min slow"],
    [3600, { exp: seconds + 60 }, "about 60 min fast"],
    [3 * 86_400, {}, "about 3 days fast"],
  ] as const) {
    const now = (): number => Date.now() + aheadSeconds * 1000;
    const error = await rejection(signInWith(server, (claims) => key.sign({ ...claims, ...times }), { now }));
    expect(error, skew).toMatchObject({ code: "clock_skew", retryable: false });
    expect(error.message).toContain(`this machine's clock, which is ${skew},`);
  }
});

type Forge = (claims: Record<string, unknown>, key: SigningKey) => Promise<string> | string | undefined;
const seconds = Date.now() / 1000;
const forgeries: Readonly<Record<string, Forge>> = {
  "is missing": () => undefined,
  "is no JWT": () => "canary",
  "has no signature": (claims) => unsignedJwt(claims),
  "says alg none and is signed": (claims, key) => key.sign(claims, { alg: "none" }),
  "says alg nOnE": (claims, key) => key.sign(claims, { alg: "nOnE" }),
  "says alg HS256": (claims, key) => key.sign(claims, { alg: "HS256" }),
  "is signed by another key of the same name": async (claims) => (await signingKey()).sign(claims),
  "is signed by a key nobody knows": async (claims) => (await signingKey("RS256", "key-2")).sign(claims),
  "was changed": async (claims, key) => {
    const [header = "", , signature = ""] = (await key.sign(claims)).split(".");
    return [header, Buffer.from(JSON.stringify({ ...claims, sub: "eve" })).toString("base64url"), signature].join(".");
  },
  "has a padded signature": async (claims, key) => `${await key.sign(claims)}=`,
  "has white space in it": async (claims, key) => `${await key.sign(claims)}\n`,
  "has too many parts": async (claims, key) => `${await key.sign(claims)}.x`,
  "has critical headers": (claims, key) => key.sign(claims, { crit: ["x"], x: 1 }),
  "has the wrong nonce": (claims, key) => key.sign({ ...claims, nonce: "x" }),
  "has no nonce": (claims, key) => key.sign({ ...claims, nonce: undefined }),
  "is for another client": (claims, key) => key.sign({ ...claims, aud: "other" }),
  "is for another client too": (claims, key) => key.sign({ ...claims, aud: ["app", "other"] }),
  "is for nobody": (claims, key) => key.sign({ ...claims, aud: undefined }),
  "is from another issuer": (claims, key) => key.sign({ ...claims, iss: "https://evil.example" }),
  "is about nobody": (claims, key) => key.sign({ ...claims, sub: undefined }),
  "is about the empty subject": (claims, key) => key.sign({ ...claims, sub: "" }),
  "has an endless subject": (claims, key) => key.sign({ ...claims, sub: "x".repeat(10_000) }),
  "has expired": (claims, key) => key.sign({ ...claims, exp: seconds - 3600 }),
  "never expires": (claims, key) => key.sign({ ...claims, exp: undefined }),
  "is not valid yet": (claims, key) => key.sign({ ...claims, nbf: seconds + 3600 }),
  "was made in the future": (claims, key) => key.sign({ ...claims, iat: seconds + 3600 }),
  "says not when it was made": (claims, key) => key.sign({ ...claims, iat: undefined }),
};

test.for(Object.entries(forgeries))("B.6-7 an ID token that %s is refused", async ([, forge]) => {
  const key = await signingKey();
  const server = await serverWithKeys(key);
  const error = await rejection(signInWith(server, (claims) => forge(claims, key)));
  expect(error).toMatchObject({ code: "bad_id_token" });
});

const random = (bytes: number): string =>
  Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString("base64url");
const badKeys: Readonly<Record<string, (jwk: object) => readonly object[]>> = {
  "is none": (jwk) => [{ ...jwk, n: undefined }],
  "is one of several": (jwk) => [jwk, jwk],
  "is too short": (jwk) => [{ ...jwk, n: random(64) }],
  "is not the one that signed, and very long": (jwk) => [{ ...jwk, n: random(2048) }],
  "is a secret one": () => [{ kty: "oct", kid: "key-1", alg: "RS256", use: "sig", k: random(32) }],
  "has its private half shown": (jwk) => [{ ...jwk, d: random(256) }],
  "is of another kind": (jwk) => [{ ...jwk, kty: "EC", crv: "P-256", x: random(32), y: random(32) }],
};

test.for(Object.entries(badKeys))("4.1-28 an ID token is not believed when its key %s", async ([, keys]) => {
  const key = await signingKey();
  const server = await scriptedServer();
  server.on("/jwks", { json: { keys: keys(key.jwk) } });
  const error = await rejection(signInWith(server, (claims) => key.sign(claims)));
  expect(error).toMatchObject({ code: "bad_id_token" });
});

test("4.1-28 among ten thousand keys the right one is found", async () => {
  const key = await signingKey();
  const server = await scriptedServer();
  const others = Array.from({ length: 9_999 }, (_, index) => ({
    kty: "RSA",
    kid: `other-${index}`,
    n: "AQAB",
    e: "AQAB",
  }));
  server.on("/jwks", { json: { keys: [...others, key.jwk] } });
  expect((await signInWith(server, (claims) => key.sign(claims))).account?.subject).toBe("ana");
});

test("4.1-29 keys are not fetched from where the server redirects to", async () => {
  const key = await signingKey();
  const [server, elsewhere] = [await scriptedServer(), await serverWithKeys(key)];
  server.on("/jwks", { json: {}, status: 302, headers: { location: `${elsewhere.issuer}/jwks` } });
  const error = await rejection(signInWith(server, (claims) => key.sign(claims)));
  expect(error).toMatchObject({ code: "bad_response" });
  expect(elsewhere.requests).toEqual([]);
});

test("F56 keys are fetched at each sign-in and not kept: one that is new, even just before it signs, is known", async () => {
  const [first, second, third] = [
    await signingKey("RS256", "key-1"),
    await signingKey("RS256", "key-2"),
    await signingKey("RS256", "key-3"),
  ];
  const server = await serverWithKeys(first);
  const rotateTo = (...keys: readonly SigningKey[]): void =>
    server.on("/jwks", { json: { keys: keys.map(({ jwk }) => jwk) } });
  const fetches = (): number => server.requests.filter(({ path }) => path === "/jwks").length;

  expect((await signInWith(server, (claims) => first.sign(claims))).account?.subject).toBe("ana");
  rotateTo(first, second);
  expect((await signInWith(server, (claims) => second.sign(claims))).account?.subject).toBe("ana");
  const rotated = await signInWith(server, (claims) => {
    rotateTo(third);
    return third.sign(claims);
  });
  expect(rotated.account?.subject).toBe("ana");
  expect(fetches()).toBe(3);

  // Nor are they asked for again and again when somebody makes up names of keys.
  for (const key of [first, second]) {
    expect(await rejection(signInWith(server, (claims) => key.sign(claims)))).toMatchObject({ code: "bad_id_token" });
  }
  expect(fetches()).toBe(5);
});

test("F57 an ID token is not believed while its keys cannot be had", async () => {
  const key = await signingKey();
  const server = await scriptedServer();
  server.on("/jwks", { json: {}, status: 503 });
  const outcome = rejection(signInWith(server, (claims) => key.sign(claims)));
  expect(await outcome).toMatchObject({ code: "server_unavailable" });
});

test("4.1-18 an ID token nobody asked for is dropped unread", async () => {
  const server = await scriptedServer();
  server.on("/token", { json: { ...tokens, id_token: "not.even.one" } });
  const login = await startLogin(server);
  await login.comeBack();
  expect((await login.result).account).toBeUndefined();
});

test("4.1-3 nobody is sent to a browser for what could not work", async () => {
  const server = await scriptedServer();
  const show = (): void => expect.fail("the browser was opened");
  const start = (changes: object, scopes = ["openid"]): Promise<TokenSet> =>
    authorizationCode({ ...server.metadata, ...changes }, client, { scopes, show });
  expect(await rejection(start({ authorizationEndpoint: undefined }))).toMatchObject({ code: "unsupported_by_server" });
  expect(await rejection(start({ jwksUri: undefined }))).toMatchObject({ code: "unsupported_by_server" });
  for (const authorizationEndpoint of ["http://id.example.com/authorize", "file:///x", "javascript:x"]) {
    expect(await rejection(start({ authorizationEndpoint }))).toMatchObject({ code: "insecure_endpoint" });
  }
});

test("B.6-13 F72 B.1-12 a login that nobody completes ends in time, and frees the port", async () => {
  const server = await scriptedServer();
  const login = await startLogin(server, { timeoutMs: 50 });
  expect(await rejection(login.result)).toMatchObject({ code: "login_timeout" });
  await expect(login.comeBack()).rejects.toThrow("ECONNREFUSED");
});

test("B.1-13 the caller's signal ends a waiting login with its own reason, and frees the port", async () => {
  const server = await scriptedServer();
  const controller = new AbortController();
  const reason = new Error("enough");
  const login = await startLogin(server, { http: { signal: controller.signal } });
  controller.abort(reason);
  await expect(login.result).rejects.toBe(reason);
  await expect(login.comeBack()).rejects.toThrow("ECONNREFUSED");
});

test("what show throws ends the login; that it never returns does not matter", async () => {
  const server = await scriptedServer();
  server.on("/token", { json: tokens });
  const reason = new Error("no terminal");
  const options = { scopes: [], show: () => Promise.reject(reason) };
  await expect(authorizationCode(server.metadata, client, options)).rejects.toBe(reason);

  const set = await authorizationCode(server.metadata, client, {
    scopes: [],
    show: async (url) => {
      void browse(callbackUrl(url, { code, iss: server.issuer }));
      await new Promise(() => undefined);
    },
  });
  expect(set.accessToken).toBe(tokens.access_token);
});
