import { generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import { expect, test } from "vitest";
import { headlessPerson, type AuthServer, type RegisteredClient } from "../src/index.ts";
import { authorizationRequest, authServer, basic, post, recordingServer, type Answer } from "./by-hand.ts";

const app = { clientId: "app", clientSecret: "test-only" };
const clients: readonly RegisteredClient[] = [{ ...app, authMethod: "client_secret_basic" }];
const tokenType = "urn:ietf:params:oauth:token-type:";
const api = "https://api.example.com";

function ask(server: AuthServer, grantType: string, fields: Record<string, string>): Promise<Answer> {
  return post(server.metadata.tokenEndpoint, { grant_type: grantType, scope: "api:read", ...fields }, basic(app));
}

function exchange(server: AuthServer, type: string, token: string): Promise<Answer> {
  const fields = { subject_token: token, subject_token_type: `${tokenType}${type}`, audience: "billing" };
  return ask(server, "urn:ietf:params:oauth:grant-type:token-exchange", fields);
}

function bearer(server: AuthServer, assertion: string): Promise<Answer> {
  return ask(server, "urn:ietf:params:oauth:grant-type:jwt-bearer", { assertion });
}

function password(server: AuthServer, changes: Record<string, string> = {}): Promise<Answer> {
  const { username, password } = server.person;
  return ask(server, "password", { username, password, ...changes });
}

function jwt(key: KeyObject, claims: object): string {
  const input = [{}, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
  const digest = key.asymmetricKeyType === "ed25519" ? null : "sha256";
  return `${input}.${sign(digest, Buffer.from(input), { key, dsaEncoding: "ieee-p1363" }).toString("base64url")}`;
}

function claimsIn(jwt: unknown): unknown {
  const [, claims = ""] = String(jwt).split(".");
  return JSON.parse(Buffer.from(claims, "base64url").toString());
}

test("a client of the caller's own signs the person in by their password, and renews", async () => {
  const server = await authServer({ clients, resources: [api] });
  const { status, json } = await password(server, { scope: "openid api:read", resource: api });
  expect({ status, json }).toMatchObject({ status: 200, json: { token_type: "Bearer", scope: "openid api:read" } });
  expect(claimsIn(json["id_token"])).toMatchObject({ sub: server.person.subject });
  const fields = { refresh_token: String(json["refresh_token"]), resource: api };
  const renewed = await ask(server, "refresh_token", fields);
  for (const { access_token } of [json, renewed.json]) {
    expect(await server.introspect(String(access_token))).toMatchObject({ active: true, audiences: [api] });
  }

  for (const [changes, error] of [
    [{ password: "wrong" }, "invalid_grant"],
    [{ username: "eve" }, "invalid_grant"],
    [{ username: "" }, "invalid_request"],
    [{ scope: "unknown" }, "invalid_scope"],
    [{ resource: "https://unknown.example.com" }, "invalid_target"],
  ] as const) {
    expect(await password(server, changes), error).toMatchObject({ status: 400, json: { error } });
  }
});

test("by a password one may ask for whatever a sign-in asks for, and the ID token says who it is, then and later", async () => {
  const server = await authServer({ clients });
  const { subject, username, email } = server.person;
  const whole = "openid profile email offline_access";
  const { status, json } = await password(server, { scope: whole });
  expect({ status, json }).toMatchObject({ status: 200, json: { scope: whole } });
  const renewed = await ask(server, "refresh_token", { scope: whole, refresh_token: String(json["refresh_token"]) });
  const told = { sub: subject, name: username, preferred_username: username, email, email_verified: true };
  for (const { id_token } of [json, renewed.json]) expect(claimsIn(id_token)).toMatchObject(told);
  const authorization = `Bearer ${String(renewed.json["access_token"])}`;
  const userinfo = await fetch(server.metadata.userinfoEndpoint ?? "", { headers: { authorization } });
  expect(await userinfo.json()).toEqual(told);

  const { json: bare } = await password(server, { scope: "openid" });
  expect(claimsIn(bare["id_token"])).toMatchObject({ sub: subject });
  for (const name of Object.keys(told).slice(1)) expect(claimsIn(bare["id_token"])).not.toHaveProperty(name);
});

test("a token, or a JWT that is signed by a trusted key, is exchanged; what is not good is not", async () => {
  const pairs = [
    generateKeyPairSync("rsa", { modulusLength: 2048 }),
    generateKeyPairSync("ec", { namedCurve: "P-256" }),
    generateKeyPairSync("ed25519"),
  ];
  const trustedKeys = pairs.map(({ publicKey }) => publicKey.export({ format: "jwk" }));
  const server = await authServer({ clients, trustedKeys });
  const exp = Math.floor(Date.now() / 1000) + 60;
  const claims = { sub: "workload-1", aud: ["https://other.example.com", server.issuer], exp };

  for (const { privateKey } of pairs) {
    const good = jwt(privateKey, claims);
    for (const answer of [bearer(server, good), exchange(server, "jwt", good), exchange(server, "id_token", good)]) {
      const { json } = await answer;
      expect(await server.introspect(String(json["access_token"]))).toMatchObject({
        active: true,
        clientId: "app",
        subject: "workload-1",
        scopes: ["api:read"],
      });
    }
    for (const change of [{ aud: "https://other.example.com" }, { exp: exp - 61 }, { exp: undefined }, { sub: "" }]) {
      const bad = jwt(privateKey, { ...claims, ...change });
      expect(await bearer(server, bad)).toMatchObject({ status: 400, json: { error: "invalid_grant" } });
    }
  }
  const stranger = jwt(generateKeyPairSync("ed25519").privateKey, claims);
  expect(await bearer(server, stranger)).toMatchObject({ status: 400, json: { error: "invalid_grant" } });

  const { json } = await password(server);
  const exchanged = await exchange(server, "access_token", String(json["access_token"]));
  expect(exchanged.json).toMatchObject({ issued_token_type: `${tokenType}access_token` });
  expect(await server.introspect(String(exchanged.json["access_token"]))).toMatchObject({
    subject: server.person.subject,
    audiences: ["billing"],
  });
  for (const type of ["refresh_token", "access_token"]) {
    expect(await exchange(server, type, "fake-token")).toMatchObject({ status: 400, json: { error: "invalid_grant" } });
  }
});

test("the other clients have none of these grants", async () => {
  const server = await authServer();
  const fields = { grant_type: "password", username: server.person.username, password: server.person.password };
  for (const [client, authorization] of [
    [{ client_id: server.nativeClientId }, undefined],
    [{}, basic(server.confidentialClient)],
  ] as const) {
    expect(await post(server.metadata.tokenEndpoint, { ...fields, ...client }, authorization)).toMatchObject({
      status: 400,
      json: { error: "invalid_request" },
    });
  }
});

test("a token is for the API that it was asked for, at sign-in and with the code", async () => {
  const server = await authServer({ resources: [api] });
  const application = await recordingServer();
  const redirectUri = `${application.origin}/callback`;
  const tokenFor = async (resource: Record<string, string>): Promise<unknown> => {
    const { url, verifier } = authorizationRequest(server, redirectUri, { resource: api });
    const { finalUrl } = await headlessPerson(server.person).signIn(url);
    const code = new URL(finalUrl).searchParams.get("code") ?? "";
    const form = { client_id: server.nativeClientId, redirect_uri: redirectUri, code, code_verifier: verifier };
    const { json } = await post(server.metadata.tokenEndpoint, {
      grant_type: "authorization_code",
      ...form,
      ...resource,
    });
    return await server.introspect(String(json["access_token"]));
  };
  expect(await tokenFor({ resource: api })).toMatchObject({ audiences: [api], scopes: ["api:read"] });
  expect(await tokenFor({})).toMatchObject({ active: true, audiences: undefined });

  const unknown = authorizationRequest(server, redirectUri, { resource: "https://unknown.example.com" });
  const { finalUrl } = await headlessPerson(server.person).signIn(unknown.url);
  expect(new URL(finalUrl).searchParams.get("error")).toBe("invalid_target");
});

test("where JSON is wanted forms are refused, and requests are counted as ever", async () => {
  const server = await authServer({ clients, jsonTokenRequests: true });
  const { tokenEndpoint, revocationEndpoint = "" } = server.metadata;
  const send = async (url: string, body: string, type = "application/json"): Promise<number> => {
    const headers = { "content-type": type, authorization: basic(app) };
    return (await fetch(url, { method: "POST", body, headers })).status;
  };
  const scopes = { grant_type: "client_credentials", scope: "api:read" };
  expect(await send(tokenEndpoint, JSON.stringify(scopes), "application/json; charset=utf-8")).toBe(200);
  expect(await send(revocationEndpoint, JSON.stringify({ token: "fake-token" }))).toBe(200);
  const form = new URLSearchParams(scopes).toString();
  for (const [body, type] of [[form, "application/x-www-form-urlencoded"], [form], ["null"], ["{"]] as const) {
    for (const url of [tokenEndpoint, revocationEndpoint]) expect(await send(url, body, type), body).toBe(400);
  }
  expect(server.tokenRequests("client_credentials")).toBe(2);
  expect(server.requests[0]?.fieldNames).toEqual(["grant_type", "scope"]);
  expect(server.requests[0]?.headers["content-type"]).toBe("application/json; charset=utf-8");
});
