import { createHash, createPublicKey, verify } from "node:crypto";
import { inspect } from "node:util";
import { accessTokenOf, changedTokenSet, tokenSet, type TokenSet } from "@org/auth-core";
import {
  assertOneRenewal,
  headlessPerson,
  startAuthServer,
  type AuthServer,
  type AuthServerOptions,
} from "@org/auth-testing";
import { expect, onTestFinished, test } from "vitest";
import {
  authorizationCode,
  authorizationServer,
  clientCredentials,
  deviceCode,
  listApiKeys,
  pollDeviceLogin,
  refresh,
} from "../src/index.ts";
import { rejection } from "./rejection.ts";
import { scriptedServer, type Answer, type ScriptedServer, type SeenRequest } from "./scripted-server.ts";

const scopes = ["openid", "offline_access", "api:read"];
const client = { clientId: "app" };
const bound: Answer = { json: { access_token: "access-canary", token_type: "DPoP", expires_in: 60 } };

async function provider(options: AuthServerOptions): Promise<AuthServer> {
  const server = await startAuthServer(options);
  onTestFinished(() => server.close());
  return server;
}

/** A server with answers of our own that says it can bind tokens to keys. */
async function offering(answer: Answer | ((request: SeenRequest, index: number) => Answer)): Promise<{
  readonly server: ScriptedServer;
  readonly metadata: ScriptedServer["metadata"];
}> {
  const server = await scriptedServer();
  server.on("/token", answer);
  return { server, metadata: { ...server.metadata, dpopSupported: true } };
}

async function signIn({ metadata, nativeClientId, person }: AuthServer): Promise<TokenSet> {
  return await authorizationCode(
    metadata,
    { clientId: nativeClientId },
    {
      scopes,
      dpop: true,
      show: async (url) => {
        await headlessPerson(person).signIn(url);
      },
    },
  );
}

/** What a proof says, once its signature is shown to be that of the key in it. */
function proofOf({ headers }: SeenRequest): Readonly<Record<string, unknown>> & { readonly jkt: string } {
  const [head = "", body = "", signature = ""] = String(headers["dpop"]).split(".");
  const { jwk, ...header } = JSON.parse(Buffer.from(head, "base64url").toString()) as {
    readonly jwk: Readonly<Record<string, string>>;
  };
  expect(header).toEqual({ typ: "dpop+jwt", alg: "ES256" });
  expect(jwk).not.toHaveProperty("d");
  const key = { key: createPublicKey({ key: jwk, format: "jwk" }), dsaEncoding: "ieee-p1363" } as const;
  expect(verify("sha256", Buffer.from(`${head}.${body}`), key, Buffer.from(signature, "base64url"))).toBe(true);
  const claims = JSON.parse(Buffer.from(body, "base64url").toString()) as Record<string, unknown>;
  return { ...claims, jkt: thumbprint(jwk) };
}

/** RFC 7638 section 3. */
function thumbprint({ crv, kty, x, y }: Readonly<Record<string, string>>): string {
  return createHash("sha256").update(JSON.stringify({ crv, kty, x, y })).digest("base64url");
}

function thumbprintOf({ dpopKey }: TokenSet): string {
  return thumbprint(JSON.parse(dpopKey ?? "") as Record<string, string>);
}

for (const dpop of [true, "nonce-required"] as const) {
  const requests = dpop === true ? 1 : 2;
  test(`a real provider binds a login to its key, for good (${String(dpop)})`, async () => {
    const server = await provider({ dpop });
    expect(await authorizationServer(server.issuer)).toEqual(server.metadata);
    const login = await signIn(server);
    expect(server.tokenRequests()).toBe(requests);
    expect(login.tokenType).toBe("DPoP");
    expect(await server.introspect(login.accessToken)).toMatchObject({ active: true, jkt: thumbprintOf(login) });

    const renewed = await refresh(login, { clientId: login.clientId });
    expect(server.tokenRequests("refresh_token")).toBe(requests);
    assertOneRenewal(server);
    expect(renewed.dpopKey).toBe(login.dpopKey);
    expect(await server.introspect(renewed.accessToken)).toMatchObject({ active: true, jkt: thumbprintOf(login) });

    // A refresh token without the key is worth nothing.
    const stolen = changedTokenSet(renewed, { dpopKey: undefined });
    expect(await rejection(refresh(stolen, { clientId: login.clientId }))).toMatchObject({ code: "invalid_grant" });
  });

  test(`a real provider binds the tokens of devices and machines (${String(dpop)})`, async () => {
    const server = await provider({ dpop });
    const person = headlessPerson(server.person);
    const login = await deviceCode(
      server.metadata,
      { clientId: server.nativeClientId },
      {
        scopes,
        dpop: true,
        show: async ({ verificationUriComplete = "" }) => {
          await person.approveDevice(verificationUriComplete);
        },
        sleep: async () => undefined,
      },
    );
    expect(await server.introspect(login.accessToken)).toMatchObject({ active: true, jkt: thumbprintOf(login) });

    const machine = await clientCredentials(server.metadata, server.confidentialClient, { dpop: true });
    expect(await server.introspect(machine.accessToken)).toMatchObject({ active: true, jkt: thumbprintOf(machine) });
    expect(server.tokenRequests("client_credentials")).toBe(requests);
  });
}

test("the code is bound to the key as well", async () => {
  const { metadata } = await offering(bound);
  const { promise, resolve } = Promise.withResolvers<string>();
  const controller = new AbortController();
  const login = authorizationCode(metadata, client, {
    scopes: ["read"],
    dpop: true,
    show: resolve,
    http: { signal: controller.signal },
  });
  expect(new URL(await promise).searchParams.get("dpop_jkt")).toMatch(/^[\w-]{43}$/);
  controller.abort(new Error("enough"));
  await expect(login).rejects.toThrow("enough");
});

test("a proof says what RFC 9449 section 4.2 wants, by our clock", async () => {
  const { server, metadata } = await offering(bound);
  const nowMs = Date.parse("2040-01-01T00:00:00Z");
  const set = await clientCredentials(metadata, client, { dpop: true, http: { now: () => nowMs } });
  const [proof] = server.requests.map(proofOf);
  expect(proof).toEqual({
    htm: "POST",
    htu: metadata.tokenEndpoint,
    iat: expect.any(Number),
    jti: expect.stringMatching(/^.{20,}$/),
    jkt: thumbprintOf(set),
  });
  expect(Math.abs(Number(proof?.["iat"]) - nowMs / 1000)).toBeLessThanOrEqual(30);
});

test("each login has a key of its own, and nothing prints it", async () => {
  const { metadata } = await offering(bound);
  const [one, other] = [
    await clientCredentials(metadata, client, { dpop: true }),
    await clientCredentials(metadata, client, { dpop: true }),
  ];
  expect(thumbprintOf(one)).not.toBe(thumbprintOf(other));
  const { d } = JSON.parse(one.dpopKey ?? "") as Record<string, string>;
  expect(d).toMatch(/^[\w-]{43}$/);
  for (const text of [inspect(one, { depth: 10, showHidden: true }), JSON.stringify(one), String(one)]) {
    expect(text).not.toContain(d);
  }
});

test("no proof is sent where none is wanted or the server says nothing of them", async () => {
  const bearer: Answer = { json: { access_token: "access-canary", token_type: "Bearer" } };
  const { server, metadata } = await offering(bearer);
  const sets = [
    await clientCredentials(metadata, client),
    await clientCredentials(metadata, client, { dpop: false }),
    await clientCredentials(server.metadata, client, { dpop: true }),
  ];
  for (const { dpopKey, tokenType } of sets) expect([dpopKey, tokenType]).toEqual([undefined, undefined]);
  expect(server.requests.map(({ headers }) => headers["dpop"])).toEqual([undefined, undefined, undefined]);
});

test("4.1-13 a token that is bound to a key is refused where no proof was sent, and taken in any letter case where one was", async () => {
  const { server, metadata } = await offering(bound);
  for (const set of [clientCredentials(server.metadata, client, { dpop: true }), clientCredentials(metadata, client)]) {
    expect(await rejection(set)).toMatchObject({ code: "bad_response" });
  }
  server.on("/token", { json: { access_token: "access-canary", token_type: "dpop" } });
  expect((await clientCredentials(metadata, client, { dpop: true })).tokenType).toBe("DPoP");
  server.on("/token", { json: { access_token: "access-canary", token_type: "mac" } });
  expect(await rejection(clientCredentials(metadata, client, { dpop: true }))).toMatchObject({ code: "bad_response" });
});

test("where the server gives a bearer token all the same the key goes, unless the refresh token may be bound to it", async () => {
  const bearer = { access_token: "access-canary", token_type: "Bearer" };
  const { server, metadata } = await offering({ json: bearer });
  const without = await clientCredentials(metadata, client, { dpop: true });
  expect([without.tokenType, without.dpopKey]).toEqual([undefined, undefined]);

  server.on("/token", { json: { ...bearer, refresh_token: "refresh-canary" } });
  const poll = await pollDeviceLogin(metadata, client, device, { dpop: true });
  const login = poll.kind === "approved" ? poll.tokens : expect.fail("it is pending");
  expect([login.tokenType, typeof login.dpopKey]).toEqual([undefined, "string"]);
  const renewed = await refresh(login, client);
  expect(renewed.dpopKey).toBe(login.dpopKey);
  expect(server.requests.slice(-2).map((request) => proofOf(request).jkt)).toEqual(Array(2).fill(thumbprintOf(login)));

  server.on("/token", bound);
  expect((await refresh(renewed, client)).tokenType).toBe("DPoP");
  server.on("/token", { json: bearer });
  expect((await refresh(changedTokenSet(renewed, { tokenType: "DPoP" }), client)).tokenType).toBeUndefined();
});

const device = { deviceCode: "device-canary", expiresAtMs: Infinity, intervalMs: 5000, scopes: ["read"] };
const wantsNonce: Answer = {
  status: 400,
  headers: { "dpop-nonce": "nonce-1" },
  json: { error: "use_dpop_nonce", error_description: "no nonce" },
};

test("a server that asks for its nonce gets the request once more, with a new proof", async () => {
  let nowMs = Date.now();
  let refusedAtMs = Infinity;
  const { server, metadata } = await offering((_request, index) => {
    if (index === 0) refusedAtMs = nowMs;
    return index === 0 ? wantsNonce : bound;
  });
  const set = await clientCredentials(metadata, client, { dpop: true, http: { now: () => (nowMs += 1000) } });
  const [first, second] = server.requests.map(proofOf);
  expect(server.requests).toHaveLength(2);
  expect([first?.["nonce"], second?.["nonce"]]).toEqual([undefined, "nonce-1"]);
  expect(second?.["jti"]).not.toBe(first?.["jti"]);
  expect(server.requests[1]?.body).toBe(server.requests[0]?.body);
  expect(set.obtainedAtMs).toBeGreaterThan(refusedAtMs); // The life of a token counts from the request that got it.
});

test("the request that goes once more has an assertion of its own", async () => {
  const { server, metadata } = await offering((_request, index) => (index === 0 ? wantsNonce : bound));
  let number = 0;
  const clientAssertion = async (): Promise<string> => `e30.e30.${++number}`;
  await clientCredentials(metadata, { ...client, clientAssertion }, { dpop: true });
  expect(server.requests.map(({ form }) => form.get("client_assertion"))).toEqual(["e30.e30.1", "e30.e30.2"]);
});

test("a server that is never content with a nonce is asked twice, and no more", async () => {
  const { server, metadata } = await offering((_request, index) => ({
    ...wantsNonce,
    headers: { "dpop-nonce": `nonce-${index}` },
  }));
  const error = await rejection(clientCredentials(metadata, client, { dpop: true }));
  expect(error).toMatchObject({ code: "server_error", error: "use_dpop_nonce" });
  expect(server.requests).toHaveLength(2);
});

const unasked: readonly (readonly [what: string, Answer])[] = [
  ["there is no nonce", { status: 400, json: { error: "use_dpop_nonce" } }],
  ["the nonce has characters that none has", { ...wantsNonce, headers: { "dpop-nonce": "a nonce" } }],
  ["the nonce is endless", { ...wantsNonce, headers: { "dpop-nonce": "a".repeat(1025) } }],
  ["it is another error", { ...wantsNonce, json: { error: "invalid_dpop_proof" } }],
  ["it is no JSON error", { ...wantsNonce, json: ["use_dpop_nonce"] }],
];

test.for(unasked)("a request is not sent again where %s", async ([, answer]) => {
  const { server, metadata } = await offering(answer);
  await rejection(clientCredentials(metadata, client, { dpop: true }));
  expect(server.requests).toHaveLength(1);
});

test("a request that got tokens is not sent again, whatever else the answer says", async () => {
  const json = { access_token: "access-canary", token_type: "DPoP", error: "use_dpop_nonce" };
  const { server, metadata } = await offering({ ...wantsNonce, status: 200, json });
  expect((await clientCredentials(metadata, client, { dpop: true })).accessToken).toBe("access-canary");
  expect(server.requests).toHaveLength(1);
});

test("without a key a request is not sent again, whatever is asked for", async () => {
  const { server, metadata } = await offering(wantsNonce);
  await rejection(clientCredentials(metadata, client));
  expect(server.requests).toHaveLength(1);
});

test("whoever waits for a device uses one key, and the nonce that it has been given", async () => {
  const { server, metadata } = await offering((_request, index) => {
    if (index === 0) return wantsNonce;
    return index === 3 ? bound : { status: 400, json: { error: "authorization_pending" } };
  });
  const login = await deviceLogin(server, metadata);
  const proofs = server.requests.filter(({ path }) => path === "/token").map(proofOf);
  expect(proofs.map(({ nonce }) => nonce)).toEqual([undefined, "nonce-1", "nonce-1", "nonce-1"]);
  expect(new Set(proofs.map(({ jkt }) => jkt))).toEqual(new Set([thumbprintOf(login)]));
});

async function deviceLogin(server: ScriptedServer, metadata: ScriptedServer["metadata"]): Promise<TokenSet> {
  const verificationUri = `${server.issuer}/activate`;
  server.on("/device", {
    json: { device_code: "device-canary", user_code: "ABCD", verification_uri: verificationUri },
  });
  return await deviceCode(metadata, client, {
    scopes: ["read"],
    dpop: true,
    show: () => undefined,
    sleep: async () => undefined,
  });
}

test("an API that makes keys gets a proof, and its nonce once it asks for it", async () => {
  const { server, metadata } = await offering(bound);
  const token = accessTokenOf(await clientCredentials(metadata, client, { dpop: true }));
  const site = { apiKeysUrls: [`${server.issuer}/keys`] };
  const wants: Answer = { status: 401, headers: { "dpop-nonce": "nonce-1" }, json: {} };
  server.on("/keys", (_request, index) => (index === 0 ? wants : { json: [] }));
  expect(await listApiKeys(site, token)).toEqual([]);
  const [first, second] = server.requests.slice(1).map(proofOf);
  expect(first).toMatchObject({ htm: "GET", htu: `${server.issuer}/keys`, ath: expect.any(String) });
  expect([first?.["nonce"], second?.["nonce"]]).toEqual([undefined, "nonce-1"]);

  server.on("/keys", wants);
  expect(await rejection(listApiKeys(site, token))).toMatchObject({ code: "access_denied" });
  expect(server.requests.slice(3)).toHaveLength(2);
});

test("a key that cannot be read ends the renewal, and nothing of it shows", async () => {
  const { server, metadata } = await offering(bound);
  for (const dpopKey of ["canary", '{"d":"canary"', "null", '{"kty":"EC","crv":"P-256","x":"canary","d":"canary"}']) {
    const login = tokenSet({
      server: metadata,
      clientId: "app",
      accessToken: "access-canary",
      refreshToken: "refresh-canary",
      dpopKey,
      obtainedAtMs: 0,
      scopes: [],
      generation: 0,
    });
    expect(await rejection(refresh(login, client))).toMatchObject({ code: "store_corrupt" });
  }
  expect(server.requests).toEqual([]);
});

test("a server can bind tokens to keys when it says that it takes ES256", async () => {
  const server = await scriptedServer();
  const offered = async (algorithms: unknown): Promise<boolean | undefined> => {
    const json = {
      issuer: server.issuer,
      token_endpoint: `${server.issuer}/token`,
      dpop_signing_alg_values_supported: algorithms,
    };
    server.on("/.well-known/openid-configuration", { json });
    return (await authorizationServer(server.issuer)).dpopSupported;
  };
  expect(await offered(["RS256", "ES256"])).toBe(true);
  for (const other of [undefined, null, [], ["RS256"], "ES256", { ES256: true }]) {
    expect(await offered(other)).toBeUndefined();
  }
});
