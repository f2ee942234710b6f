import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { startAuthServer, type AuthServer, type RegisteredClient } from "@org/auth-testing";
import { expect, onTestFinished, test } from "vitest";
import {
  clientCredentials,
  passwordGrant,
  refresh,
  revoke,
  startDeviceLogin,
  type ClientIdentity,
} from "../src/index.ts";
import { rejection } from "./rejection.ts";
import { scriptedServer, type ScriptedServer } from "./scripted-server.ts";

const tokens = { access_token: "access-canary-1", token_type: "Bearer", expires_in: 60 };
const jwt = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJjYW5hcnkifQ.c2ln";

interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

const rsa = (modulusLength = 2048): KeyPair => generateKeyPairSync("rsa", { modulusLength });
const ec = (namedCurve = "P-256"): KeyPair => generateKeyPairSync("ec", { namedCurve });
const ed = (): KeyPair => generateKeyPairSync("ed25519");

function pem({ privateKey }: KeyPair): string {
  return privateKey.export({ format: "pem", type: "pkcs8" }).toString();
}

function jwk({ privateKey }: KeyPair, more: object = {}): string {
  return JSON.stringify({ ...privateKey.export({ format: "jwk" }), ...more });
}

async function provider(client: RegisteredClient): Promise<AuthServer> {
  const server = await startAuthServer({ clients: [client] });
  onTestFinished(() => server.close());
  return server;
}

async function server(): Promise<ScriptedServer> {
  const started = await scriptedServer();
  started.on("/token", { json: tokens });
  return started;
}

/** The header and the claims of the assertion that a request brought. */
function assertionOf(scripted: ScriptedServer, index = 0): readonly Record<string, unknown>[] {
  const parts = scripted.requests[index]?.form.get("client_assertion")?.split(".") ?? [];
  return parts.slice(0, 2).map((part) => JSON.parse(Buffer.from(part, "base64url").toString()) as never);
}

test.for([
  ["RSA in PEM", rsa(), pem, "RS256"],
  ["RSA as JWK", rsa(), jwk, "RS256"],
  ["RSA as JWK for RS512", rsa(), (pair: KeyPair) => jwk(pair, { alg: "RS512" }), "RS512"],
  ["RSA as JWK for PS384", rsa(), (pair: KeyPair) => jwk(pair, { alg: "PS384", kid: "key-1" }), "PS384"],
  ["P-256 in PEM", ec(), pem, "ES256"],
  ["P-384 as JWK", ec("P-384"), jwk, "ES384"],
  ["P-384 in PEM", ec("P-384"), pem, "ES384"],
  ["P-521 in PEM", ec("P-521"), pem, "ES512"],
  ["Ed25519 in PEM", ed(), pem, "Ed25519"],
  ["Ed25519 as JWK", ed(), (pair: KeyPair) => ` ${jwk(pair, { alg: "EdDSA" })}\n`, "Ed25519"],
] as const)("a real provider knows a client by its key: %s", async ([, pair, write, alg]) => {
  const publicKey = { ...pair.publicKey.export({ format: "jwk" }), kid: "key-1" };
  const auth = await provider({ clientId: "signer", authMethod: "private_key_jwt", publicKey });
  const client: ClientIdentity = { clientId: "signer", privateKey: write(pair) };
  const set = await clientCredentials(auth.metadata, client, { scopes: ["api:read"] });
  expect(await auth.introspect(set.accessToken)).toMatchObject({ active: true, clientId: "signer" });

  const scripted = await server();
  await clientCredentials(scripted.metadata, client);
  expect(assertionOf(scripted)[0]?.["alg"]).toBe(alg);
});

test("an assertion is for the issuer, of this minute by the given clock, and never the same again", async () => {
  const scripted = await server();
  const client = { clientId: "signer", privateKey: jwk(ec(), { kid: "key-1" }) };
  for (const nowMs of [1_800_000_000_000, 1_800_000_060_000]) {
    await clientCredentials(scripted.metadata, client, { http: { now: () => nowMs } });
  }
  const [header, first] = assertionOf(scripted);
  const [, second] = assertionOf(scripted, 1);
  expect(header).toEqual({ alg: "ES256", kid: "key-1" });
  expect(first).toEqual({
    iss: "signer",
    sub: "signer",
    aud: scripted.issuer,
    iat: 1_800_000_000,
    exp: 1_800_000_060,
    jti: expect.any(String) as string,
  });
  expect(second).toMatchObject({ iat: 1_800_000_060, exp: 1_800_000_120 });
  expect(first?.["jti"]).not.toBe(second?.["jti"]);
  expect(Object.fromEntries(scripted.requests[0]?.form ?? [])).toEqual({
    grant_type: "client_credentials",
    client_id: "signer",
    client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    client_assertion: expect.any(String) as string,
  });
  expect(scripted.requests[0]?.headers.authorization).toBeUndefined();
});

test("a key that cannot be used is told before anything is sent, and nothing of it is shown", async () => {
  const scripted = await server();
  const pair = rsa();
  const old = ec().privateKey.export({ format: "pem", type: "sec1" }).toString();
  const sealed = { format: "pem", type: "pkcs8", cipher: "aes-256-cbc", passphrase: "canary" } as const;
  for (const privateKey of [
    "",
    "canary",
    "{ canary",
    "{}",
    '{"kty":"canary"}',
    '{"kty":"oct","k":"Y2FuYXJ5"}',
    old,
    pair.privateKey.export(sealed).toString(),
    pair.privateKey.export({ format: "pem", type: "pkcs1" }).toString(),
    pair.publicKey.export({ format: "pem", type: "spki" }).toString(),
    JSON.stringify(pair.publicKey.export({ format: "jwk" })),
    jwk(pair, { alg: "RS1" }),
    jwk(pair, { alg: "RSA-OAEP" }),
    jwk(generateKeyPairSync("x25519")),
    pem(ec("secp256k1")),
    "-----BEGIN PRIVATE KEY-----\ncanary\n-----END PRIVATE KEY-----",
  ]) {
    const error = await rejection(clientCredentials(scripted.metadata, { clientId: "app", privateKey }));
    expect(error, privateKey).toMatchObject({ code: "config_invalid" });
    expect(error.hint).toContain("openssl pkcs8");
    const lines = privateKey.split("\n").filter((line) => line.length > 20 && !line.startsWith("---"));
    for (const line of lines) expect(JSON.stringify([error.message, error.hint])).not.toContain(line);
  }
  const short = await rejection(clientCredentials(scripted.metadata, { clientId: "app", privateKey: pem(rsa(1024)) }));
  expect(short).toMatchObject({ code: "config_invalid", message: expect.stringContaining("2048") as string });
  expect(scripted.requests).toEqual([]);
});

test("a real provider takes the assertion that a platform makes for the client, a new one for each request", async () => {
  const pair = ec();
  const publicKey = pair.publicKey.export({ format: "jwk" });
  const auth = await provider({ clientId: "workload", authMethod: "private_key_jwt", publicKey });
  const { sign } = await import("node:crypto");
  let made = 0;
  const clientAssertion = async (): Promise<string> => {
    const seconds = Math.floor(Date.now() / 1000);
    const claims = { iss: "workload", sub: "workload", aud: auth.issuer, exp: seconds + 60, jti: `number-${made++}` };
    const input = [{ alg: "ES256" }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"));
    const key = { key: pair.privateKey, dsaEncoding: "ieee-p1363" } as const;
    return [...input, sign("sha256", Buffer.from(input.join(".")), key).toString("base64url")].join(".");
  };
  const client = { clientId: "workload", clientAssertion };
  await clientCredentials(auth.metadata, client);
  const set = await clientCredentials(auth.metadata, client);
  expect(await auth.introspect(set.accessToken)).toMatchObject({ active: true });
  expect(made).toBe(2);
});

test("an assertion goes before a key, and a key before a secret", async () => {
  const scripted = await server();
  const secret = { clientId: "app", clientSecret: "client-canary" };
  const key = { ...secret, privateKey: pem(ec()) };
  await clientCredentials(scripted.metadata, key);
  await clientCredentials(scripted.metadata, { ...key, clientAssertion: async () => jwt });
  expect(scripted.requests.map(({ headers }) => headers.authorization)).toEqual([undefined, undefined]);
  expect(assertionOf(scripted)[0]).toEqual({ alg: "ES256" });
  expect(scripted.requests[1]?.form.get("client_assertion")).toBe(jwt);
});

test("F49 a platform that gives no assertion ends the request, which is not sent", async () => {
  const scripted = await server();
  const attempt = (clientAssertion: NonNullable<ClientIdentity["clientAssertion"]>, http = {}): Promise<unknown> =>
    clientCredentials(scripted.metadata, { clientId: "app", clientAssertion }, { http });

  let isToldToStop = false;
  const hang = (signal: AbortSignal): Promise<string> => {
    signal.addEventListener("abort", () => (isToldToStop = true));
    return new Promise(() => undefined);
  };
  expect(await rejection(attempt(hang, { timeoutMs: 50 }))).toMatchObject({ code: "timeout" });
  expect(isToldToStop).toBe(true);
  await expect(attempt(hang, { signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow("enough");

  for (const none of ["", "canary", `${jwt}\n`, "a.b", "a..c"]) {
    expect(await rejection(attempt(async () => none)), none).toMatchObject({ code: "config_invalid" });
  }
  const missing = new Error("no such file");
  await expect(attempt(() => Promise.reject(missing))).rejects.toBe(missing);
  expect(scripted.requests).toEqual([]);
});

const signer = ec();
const clients: readonly (RegisteredClient & { readonly identity: Partial<ClientIdentity> })[] = [
  { clientId: "none", authMethod: "none", identity: {} },
  {
    clientId: "basic",
    authMethod: "client_secret_basic",
    clientSecret: "client canary+%&:1",
    identity: { clientSecret: "client canary+%&:1" },
  },
  {
    clientId: "post",
    authMethod: "client_secret_post",
    clientSecret: "client canary+%&:2",
    identity: { clientSecret: "client canary+%&:2", authMethod: "post" },
  },
  {
    clientId: "key",
    authMethod: "private_key_jwt",
    publicKey: signer.publicKey.export({ format: "jwk" }),
    identity: { privateKey: jwk(signer) },
  },
];

test.for(clients)("a login of a client with the method $authMethod is renewed and revoked", async (registered) => {
  const auth = await provider(registered);
  const client: ClientIdentity = { clientId: registered.clientId, ...registered.identity };
  const { username, password } = auth.person;
  const login = await passwordGrant(auth.metadata, client, { username, password, scopes: ["api:read"] });
  const renewed = await refresh(login, client);
  expect(await auth.introspect(renewed.accessToken)).toMatchObject({ active: true, subject: auth.person.subject });
  expect((await startDeviceLogin(auth.metadata, client, { scopes: ["api:read"] })).userCode).not.toBe("");

  await revoke(auth.metadata, client, renewed.accessToken, { tokenTypeHint: "access_token" });
  expect(await auth.introspect(renewed.accessToken)).toEqual({ active: false });
  await revoke(auth.metadata, client, renewed.refreshToken ?? "", { tokenTypeHint: "refresh_token" });
  expect(await rejection(refresh(renewed, client))).toMatchObject({ code: "invalid_grant" });
});

test("F62 a real provider that does not know the client by this key or secret says so, and no secret is shown", async () => {
  for (const { identity, ...registered } of clients.slice(1)) {
    const auth = await provider(registered);
    const wrong = {
      clientId: registered.clientId,
      ...identity,
      ...("privateKey" in identity ? { privateKey: pem(ec()) } : { clientSecret: "client-canary" }),
    };
    expect(await rejection(clientCredentials(auth.metadata, wrong))).toMatchObject({ code: "invalid_client" });
  }
});
