import { createPublicKey, verify } from "node:crypto";
import { inspect } from "node:util";
import { expect, test, vi } from "vitest";
import { assertNoSecrets, headlessPerson, type AuthServer, type AuthServerOptions } from "../src/index.ts";
import {
  authorizationRequest,
  authServer,
  basic,
  post,
  proofKey,
  recordingServer,
  refresh,
  signIn,
  type Answer,
} from "./by-hand.ts";

const dead = { active: false };

test("a person signs in with a code and PKCE, and the ID token says who it is", async () => {
  const server = await authServer();
  const application = await recordingServer();
  const redirectUri = `${application.origin}/callback`;
  const { url, verifier } = authorizationRequest(server, redirectUri);

  const visit = await headlessPerson(server.person).signIn(url);
  const callback = new URL(visit.finalUrl).searchParams;
  expect(application.requests.map(({ target }) => application.origin + target)).toEqual([visit.finalUrl]);
  expect(Object.fromEntries(callback)).toMatchObject({ state: "fake-state", iss: server.issuer });

  const exchange = { grant_type: "authorization_code", client_id: server.nativeClientId, redirect_uri: redirectUri };
  const { status, json } = await post(server.metadata.tokenEndpoint, {
    ...exchange,
    code: callback.get("code") ?? "",
    code_verifier: verifier,
  });
  expect(status).toBe(200);
  expect(json).toMatchObject({
    token_type: "Bearer",
    expires_in: 3600,
    refresh_token: expect.any(String) as string,
    scope: "openid profile email offline_access api:read",
  });
  expect(await server.introspect(String(json["access_token"]))).toEqual({
    active: true,
    clientId: server.nativeClientId,
    subject: server.person.subject,
    scopes: ["openid", "profile", "email", "offline_access", "api:read"],
    authenticatedAtMs: expect.any(Number) as number,
  });
  expect(await claimsOf(server, String(json["id_token"]))).toMatchObject({
    iss: server.issuer,
    aud: server.nativeClientId,
    sub: server.person.subject,
    preferred_username: "ana",
    email: "ana@example.com",
  });
});

test("there is another person, with an account and a password of their own", async () => {
  const server = await authServer();
  const { person, otherPerson } = server;
  const application = await recordingServer();
  const redirectUri = `${application.origin}/callback`;
  const { url, verifier } = authorizationRequest(server, redirectUri);
  const mixed = { ...otherPerson, password: person.password };
  await expect(headlessPerson(mixed).signIn(url)).rejects.toThrow("did not take");

  const callback = new URL((await headlessPerson(otherPerson).signIn(url)).finalUrl).searchParams;
  const { json } = await post(server.metadata.tokenEndpoint, {
    grant_type: "authorization_code",
    client_id: server.nativeClientId,
    redirect_uri: redirectUri,
    code: callback.get("code") ?? "",
    code_verifier: verifier,
  });
  expect(otherPerson.subject).not.toBe(person.subject);
  expect(await claimsOf(server, String(json["id_token"]))).toMatchObject({
    sub: otherPerson.subject,
    preferred_username: "bob",
    email: "bob@example.com",
  });
});

test("the endpoints are those of both metadata documents", async () => {
  const server = await authServer();
  for (const name of ["openid-configuration", "oauth-authorization-server"]) {
    const document = await (await fetch(`${server.issuer}/.well-known/${name}`)).json();
    expect(document).toMatchObject({
      issuer: server.metadata.issuer,
      token_endpoint: server.metadata.tokenEndpoint,
      authorization_endpoint: server.metadata.authorizationEndpoint,
      device_authorization_endpoint: server.metadata.deviceAuthorizationEndpoint,
      revocation_endpoint: server.metadata.revocationEndpoint,
      jwks_uri: server.metadata.jwksUri,
      authorization_response_iss_parameter_supported: true,
      code_challenge_methods_supported: ["S256"],
    });
  }
});

test("proofs (DPoP) and pushed authorization requests are there when they are asked for, and not else", async () => {
  const names = [
    "dpop_signing_alg_values_supported",
    "pushed_authorization_request_endpoint",
    "require_pushed_authorization_requests",
  ];
  const offered = async (options: AuthServerOptions): Promise<readonly unknown[]> => {
    const { issuer, metadata } = await authServer(options);
    const answer = await fetch(`${issuer}/.well-known/openid-configuration`);
    const document = (await answer.json()) as Record<string, unknown>;
    expect(document["pushed_authorization_request_endpoint"]).toBe(metadata.pushedAuthorizationRequestEndpoint);
    return names.map((name) => document[name]);
  };
  expect(await offered({})).toEqual([undefined, undefined, undefined]);
  expect(await offered({ dpop: true, pushedAuthorizationRequests: true })).toEqual([
    expect.arrayContaining(["ES256"]),
    expect.any(String),
    undefined,
  ]);
  expect((await offered({ pushedAuthorizationRequests: "required" }))[2]).toBe(true);
});

test("a server that wants its nonce in proofs says which", async () => {
  const server = await authServer({ dpop: "nonce-required" });
  const { tokenEndpoint } = server.metadata;
  const key = proofKey();
  const ask = (nonce?: string): Promise<Response> => {
    const headers = {
      authorization: basic(server.confidentialClient),
      dpop: key.prove({ htm: "POST", htu: tokenEndpoint, nonce }),
    };
    const body = new URLSearchParams({ grant_type: "client_credentials" });
    return fetch(tokenEndpoint, { method: "POST", headers, body });
  };
  const refused = await ask();
  expect([refused.status, await refused.json()]).toMatchObject([400, { error: "use_dpop_nonce" }]);
  const answer = await ask(refused.headers.get("dpop-nonce") ?? "");
  expect([answer.status, await answer.json()]).toMatchObject([200, { token_type: "DPoP" }]);
});

test("a request without a code challenge is refused, and so is a wrong verifier", async () => {
  const server = await authServer();
  const application = await recordingServer();
  const redirectUri = `${application.origin}/callback`;
  const person = headlessPerson(server.person);

  const bare = new URL(authorizationRequest(server, redirectUri).url);
  bare.searchParams.delete("code_challenge");
  bare.searchParams.delete("code_challenge_method");
  const refused = new URL((await person.signIn(bare.href)).finalUrl).searchParams;
  expect(refused.get("error")).toBe("invalid_request");

  const { finalUrl } = await person.signIn(authorizationRequest(server, redirectUri).url);
  const exchange = await post(server.metadata.tokenEndpoint, {
    grant_type: "authorization_code",
    client_id: server.nativeClientId,
    code: new URL(finalUrl).searchParams.get("code") ?? "",
    redirect_uri: redirectUri,
    code_verifier: "fake-verifier-of-some-other-request-00000000000",
  });
  expect(exchange).toMatchObject({ status: 400, json: { error: "invalid_grant" } });
});

test("a sign-in that did not ask for offline access is given a refresh token all the same", async () => {
  const server = await authServer();
  const { refreshToken } = await signIn(server, { scope: "openid api:read", prompt: "login" });
  expect(await refresh(server, refreshToken)).toMatchObject({ status: 200 });
});

test("the native client may use any loopback port but no other path", async () => {
  const server = await authServer();
  const application = await recordingServer();
  const { url } = authorizationRequest(server, `${application.origin}/elsewhere`);
  expect(await headlessPerson(server.person).signIn(url)).toMatchObject({ status: 400 });
  expect(application.requests).toEqual([]);
});

test("the client with fixed ports may use these ports only", async () => {
  const [listed, other] = [await recordingServer(), await recordingServer()];
  const server = await authServer({ fixedPorts: [Number(new URL(listed.origin).port)] });
  const visit = (origin: string) =>
    headlessPerson(server.person).signIn(
      authorizationRequest(server, `${origin}/callback`, { client_id: server.fixedClientId }).url,
    );

  expect(new URL((await visit(listed.origin)).finalUrl).searchParams.has("code")).toBe(true);
  expect(await visit(other.origin)).toMatchObject({ status: 400 });
  expect(other.requests).toEqual([]);
});

test("each refresh gives a new refresh token, and one that comes back ends the whole family", async () => {
  const server = await authServer();
  const first = await signIn(server);
  const bystander = await signIn(server);
  const second = await refresh(server, first.refreshToken);
  expect(second).toMatchObject({ status: 200, json: { refresh_token: expect.any(String) as string } });
  expect(second.json["refresh_token"]).not.toBe(first.refreshToken);
  expect(server.refreshTokenReuses).toBe(0);

  expect(await refresh(server, first.refreshToken)).toMatchObject({ status: 400, json: { error: "invalid_grant" } });
  expect(server.refreshTokenReuses).toBe(1);
  expect(await refresh(server, String(second.json["refresh_token"]))).toMatchObject({ status: 400 });
  expect(await server.introspect(String(second.json["access_token"]))).toEqual(dead);
  expect(await server.introspect(bystander.accessToken)).toMatchObject({ active: true });
});

test("of two refreshes at once with one token, the second is always taken for a reuse", async () => {
  const server = await authServer();
  for (let round = 1; round <= 5; round++) {
    const { refreshToken } = await signIn(server);
    const answers = await Promise.all([refresh(server, refreshToken), refresh(server, refreshToken)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400]);
    expect(server.refreshTokenReuses).toBe(round);
  }
});

test("without rotation a refresh token stays good", async () => {
  const server = await authServer({ rotateRefreshTokens: false });
  const { refreshToken } = await signIn(server);
  for (let round = 0; round < 2; round++) {
    expect(await refresh(server, refreshToken)).toMatchObject({ status: 200, json: { refresh_token: refreshToken } });
  }
});

test("a device waits for its person, who allows it with the code in the address or typed in", async () => {
  const server = await authServer();
  const person = headlessPerson(server.person);
  for (const isTyped of [false, true]) {
    const device = await startDevice(server);
    expect(await pollDevice(server, device)).toMatchObject({ status: 400, json: { error: "authorization_pending" } });

    const { verification_uri, verification_uri_complete, user_code } = device;
    const shown = isTyped
      ? { verificationUri: String(verification_uri), userCode: String(user_code) }
      : String(verification_uri_complete);
    expect(await person.approveDevice(shown)).toMatchObject({ status: 200 });

    const { status, json } = await pollDevice(server, device);
    expect(status).toBe(200);
    expect(await server.introspect(String(json["access_token"]))).toMatchObject({ subject: server.person.subject });
    expect(await refresh(server, String(json["refresh_token"]))).toMatchObject({ status: 200 });
  }
});

test("a device that its person refuses is told so", async () => {
  const server = await authServer();
  const device = await startDevice(server);
  await headlessPerson(server.person).denyDevice(String(device["verification_uri_complete"]));
  expect(await pollDevice(server, device)).toMatchObject({ status: 400, json: { error: "access_denied" } });
});

test("a machine signs in with its secret, and may ask what a token is worth", async () => {
  const server = await authServer();
  const { clientId, clientSecret } = server.confidentialClient;
  const form = { grant_type: "client_credentials", scope: "api:read" };

  const { status, json } = await post(server.metadata.tokenEndpoint, form, basic({ clientId, clientSecret }));
  expect(status).toBe(200);
  const token = String(json["access_token"]);
  expect(await server.introspect(token)).toEqual({ active: true, clientId, scopes: ["api:read"], subject: undefined });
  const introspection = await post(
    `${server.issuer}/token/introspection`,
    { token },
    basic({ clientId, clientSecret }),
  );
  expect(introspection).toMatchObject({ status: 200, json: { active: true, client_id: clientId, scope: "api:read" } });

  const stranger = basic({ clientId, clientSecret: "fake-secret" });
  expect(await post(server.metadata.tokenEndpoint, form, stranger)).toMatchObject({ status: 401 });
});

test("a token of a short life says so, and dies", async () => {
  const server = await authServer({ accessTokenLifetimeMs: 300 });
  const { accessToken, json } = await signIn(server);
  expect(json["expires_in"]).toBe(1);
  expect(await server.introspect(accessToken)).toMatchObject({ active: true });
  await vi.waitFor(async () => expect(await server.introspect(accessToken)).toEqual(dead), { timeout: 10_000 });
});

test("the lifetime of tokens yet to come can be changed", async () => {
  const server = await authServer();
  const { refreshToken } = await signIn(server);
  server.setAccessTokenLifetimeMs(2000);
  expect(await refresh(server, refreshToken)).toMatchObject({ json: { expires_in: 2 } });
  expect(() => server.setAccessTokenLifetimeMs(0)).toThrow(TypeError);
});

test("when the session is ended, nothing of it is good any more", async () => {
  const server = await authServer();
  const { accessToken, refreshToken } = await signIn(server);
  server.endSession();
  expect(await server.introspect(accessToken)).toEqual(dead);
  expect(await refresh(server, refreshToken)).toMatchObject({ status: 400, json: { error: "invalid_grant" } });
  expect(server.refreshTokenReuses).toBe(0);
  await signIn(server);
});

test("a revoked refresh token takes its access tokens along", async () => {
  const server = await authServer();
  const { accessToken, refreshToken } = await signIn(server);
  const body = new URLSearchParams({ token: refreshToken, client_id: server.nativeClientId });
  expect((await fetch(server.metadata.revocationEndpoint ?? "", { method: "POST", body })).status).toBe(200);
  expect(await server.introspect(accessToken)).toEqual(dead);
});

test("two servers in one process do not meet", async () => {
  const [one, other] = [await authServer(), await authServer()];
  const { accessToken, refreshToken, json } = await signIn(one);
  await signIn(other);

  expect(await other.introspect(accessToken)).toEqual(dead);
  expect(await refresh(other, refreshToken)).toMatchObject({ status: 400, json: { error: "invalid_grant" } });
  await expect(claimsOf(other, String(json["id_token"]))).rejects.toThrow("no such key");
  const { url } = authorizationRequest(other, "http://127.0.0.1/callback");
  await expect(headlessPerson(one.person).signIn(url)).rejects.toThrow("did not take");

  other.endSession();
  expect(await one.introspect(accessToken)).toMatchObject({ active: true });
  expect(await refresh(one, refreshToken)).toMatchObject({ status: 200 });
});

test("every request is counted, and printing it shows no secret", async () => {
  const server = await authServer();
  const { refreshToken, accessToken } = await signIn(server);
  await refresh(server, refreshToken);
  await fetch(`${server.issuer}/.well-known/openid-configuration`);

  expect(server.tokenRequests()).toBe(2);
  expect(server.tokenRequests("refresh_token")).toBe(1);
  expect(server.tokenRequests("client_credentials")).toBe(0);
  expect(server.count("/.well-known/openid-configuration")).toBe(1);
  expect(server.count(server.metadata.tokenEndpoint, { method: "GET" })).toBe(0);
  expect(server.requests.at(-2)).toMatchObject({
    method: "POST",
    path: "/token",
    fieldNames: ["grant_type", "client_id", "refresh_token"],
    grantType: "refresh_token",
  });
  const printed = JSON.stringify(server.requests) + inspect(server.requests, { depth: 9 });
  assertNoSecrets(
    { printed },
    { refreshToken, accessToken, password: server.person.password, state: "fake-state", cookie: "_session" },
  );
});

test("a closed server is gone at once, with answers still held back", async () => {
  const server = await authServer();
  const { refreshToken } = await signIn(server);
  server.delayTokenResponsesMs = 3_600_000;
  const lost = expect(refresh(server, refreshToken)).rejects.toThrow();
  await vi.waitFor(() => expect(server.tokenRequests("refresh_token")).toBe(1));
  await server.close();
  await lost;
  await server.close();
  await expect(fetch(server.issuer)).rejects.toThrow();
});

async function claimsOf(server: AuthServer, idToken: string): Promise<unknown> {
  const [header = "", payload = "", signature = ""] = idToken.split(".");
  const { kid } = JSON.parse(Buffer.from(header, "base64url").toString()) as { kid: string };
  const { keys } = (await (await fetch(server.metadata.jwksUri ?? "")).json()) as { keys: { kid: string }[] };
  const key = keys.find((candidate) => candidate.kid === kid);
  if (key === undefined) throw new Error("no such key");
  const publicKey = createPublicKey({ key, format: "jwk" });
  const signed = Buffer.from(`${header}.${payload}`);
  expect(verify("sha256", signed, publicKey, Buffer.from(signature, "base64url"))).toBe(true);
  return JSON.parse(Buffer.from(payload, "base64url").toString());
}

async function startDevice(server: AuthServer): Promise<Record<string, unknown>> {
  const form = { client_id: server.nativeClientId, scope: "openid offline_access api:read" };
  return (await post(server.metadata.deviceAuthorizationEndpoint ?? "", form)).json;
}

function pollDevice(server: AuthServer, device: Record<string, unknown>): Promise<Answer> {
  return post(server.metadata.tokenEndpoint, {
    grant_type: "urn:ietf:params:oauth:grant-type:device_code",
    client_id: server.nativeClientId,
    device_code: String(device["device_code"]),
  });
}
