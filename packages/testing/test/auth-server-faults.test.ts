import { createPublicKey, verify } from "node:crypto";
import { expect, onTestFinished, test, vi } from "vitest";
import type { AuthServer, BadIdToken } from "../src/index.ts";
import { authServer, basic, post, refresh, signIn } from "./by-hand.ts";

interface Key {
  readonly kid: string;
}

async function keysOf(server: AuthServer): Promise<readonly Key[]> {
  const answer = await fetch(server.metadata.jwksUri ?? "");
  return ((await answer.json()) as { readonly keys: readonly Key[] }).keys;
}

/** What an ID token says, and which of the keys has signed it. */
function read(idToken: unknown, keys: readonly Key[]) {
  const [head = "", body = "", signature = ""] = String(idToken).split(".");
  const parsed = (part: string): unknown => JSON.parse(Buffer.from(part, "base64url").toString());
  const signer = keys.find((jwk) =>
    verify(
      "sha256",
      Buffer.from(`${head}.${body}`),
      createPublicKey({ key: { ...jwk }, format: "jwk" }),
      Buffer.from(signature, "base64url"),
    ),
  );
  return {
    header: parsed(head) as Readonly<Record<string, unknown>>,
    claims: parsed(body) as Readonly<Record<string, unknown>>,
    signature,
    signer,
  };
}

test("F56 keys are rotated just before an ID token is signed, and the old ones stay published", async () => {
  const server = await authServer();
  const before = await signIn(server);
  const [oldKey] = await keysOf(server);
  server.failNext("/token", "rotate-keys");
  const after = await signIn(server);

  const keys = await keysOf(server);
  expect(keys.map(({ kid }) => kid)).toEqual([expect.any(String), oldKey?.kid]);
  const { header, signer } = read(after.json["id_token"], keys);
  expect([header["kid"], signer]).toEqual([keys[0]?.kid, keys[0]]);
  expect(read(before.json["id_token"], keys).signer).toEqual(oldKey);
  expect((await signIn(server)).json["id_token"]).toSatisfy((token) => read(token, keys).signer === keys[0]);

  // All that was given before is still good.
  expect(await server.introspect(before.accessToken)).toMatchObject({ active: true });
  expect(await refresh(server, before.refreshToken)).toMatchObject({ status: 200 });
});

test("a family of tokens is revoked just before one of them is used, and no other", async () => {
  const server = await authServer();
  const [login, bystander] = [await signIn(server), await signIn(server)];
  server.failNext("/token", "revoke-family");
  expect(await refresh(server, login.refreshToken)).toMatchObject({ status: 400, json: { error: "invalid_grant" } });
  expect(await server.introspect(login.accessToken)).toEqual({ active: false });
  expect(server.refreshTokenReuses).toBe(0);
  expect(await server.introspect(bystander.accessToken)).toMatchObject({ active: true });

  server.failNext("/token", "revoke-family"); // A request that brings none is answered as ever.
  const machine = { grant_type: "client_credentials" };
  expect(await post(server.metadata.tokenEndpoint, machine, basic(server.confidentialClient))).toMatchObject({
    status: 200,
  });
  expect(await refresh(server, bystander.refreshToken)).toMatchObject({ status: 200 });
});

test("F45 a refresh token that was replaced is forgiven while it has its grace, and no longer", async () => {
  const server = await authServer();
  const { refreshToken } = await signIn(server);
  vi.useFakeTimers({ toFake: ["Date"] });
  onTestFinished(() => void vi.useRealTimers());
  expect(server.refreshTokenGraceMs).toBe(0);
  server.refreshTokenGraceMs = 3_600_000;
  server.failNext("/token", "reset-after-commit");
  await expect(refresh(server, refreshToken)).rejects.toThrow("fetch failed");
  const again = await refresh(server, refreshToken);
  expect(again).toMatchObject({ status: 200 });
  expect(again.json["refresh_token"]).not.toBe(refreshToken);
  expect(server.refreshTokenReuses).toBe(0);

  // It counts from the first time.
  vi.setSystemTime(Date.now() + 2_400_000);
  expect(await refresh(server, refreshToken)).toMatchObject({ status: 200 });
  vi.setSystemTime(Date.now() + 2_400_000);
  expect(await refresh(server, refreshToken)).toMatchObject({ status: 400 });
  expect(server.refreshTokenReuses).toBe(1);
  expect(await refresh(server, String(again.json["refresh_token"]))).toMatchObject({ status: 400 });
});

test("grace is for refresh tokens: a code is good once", async () => {
  const server = await authServer();
  server.refreshTokenGraceMs = 3_600_000;
  server.failNext("/token", "reset-after-commit");
  await expect(signIn(server)).rejects.toThrow("fetch failed");
  const used = server.requests.findLast(({ grantType }) => grantType === "authorization_code");
  const form = Object.fromEntries(new URLSearchParams(used?.body));
  expect(await post(server.metadata.tokenEndpoint, form)).toMatchObject({ json: { error: "invalid_grant" } });
});

test("F54 a metadata document names another issuer, once", async () => {
  const server = await authServer();
  const path = "/.well-known/openid-configuration";
  server.failNext(path, "wrong-issuer");
  const ask = async (): Promise<unknown> => (await fetch(server.issuer + path)).json();
  const wrong = await ask();
  expect(wrong).toMatchObject({ issuer: "https://issuer.invalid", token_endpoint: server.metadata.tokenEndpoint });
  expect(await ask()).toEqual({ ...(wrong as object), issuer: server.issuer });
});

const bad: Readonly<Record<BadIdToken, (token: ReturnType<typeof read>) => unknown>> = {
  unsigned: ({ header, signature }) => expect([header["alg"], signature]).toEqual(["none", ""]),
  "bad-signature": ({ signer, signature }) => expect([signer, signature.length]).toEqual([undefined, 342]),
  "unknown-key": ({ header, signer }) => expect([header["kid"] === signer?.kid]).toEqual([false]),
  expired: ({ claims }) => expect(claims["exp"]).toBeLessThan(Date.now() / 1000),
  "wrong-issuer": ({ claims }) => expect(claims["iss"]).toBe("https://issuer.invalid"),
  "wrong-audience": ({ claims }) => expect(claims["aud"]).toBe("another-client"),
  "wrong-nonce": ({ claims }) => expect(claims["nonce"]).toBe("of-another-sign-in"),
};
const isSigned = (kind: string): boolean => kind !== "unsigned" && kind !== "bad-signature";

test.for(Object.keys(bad) as BadIdToken[])("4.5-63…67 an ID token is bad in one way: %s", async (kind) => {
  const server = await authServer();
  server.failNext("/token", "rotate-keys"); // It has to be the key of now.
  await signIn(server);
  server.failNext("/token", { badIdToken: kind });
  const { json } = await signIn(server, { nonce: "fake-nonce" });
  const keys = await keysOf(server);
  const token = read(json["id_token"], keys);
  bad[kind](token);
  expect(token.signer).toEqual(isSigned(kind) ? keys[0] : undefined);

  const good: Readonly<Record<string, unknown>> = {
    iss: server.issuer,
    aud: server.nativeClientId,
    nonce: "fake-nonce",
  };
  const wrong = Object.keys(good).filter((name) => token.claims[name] !== good[name]);
  expect(wrong).toEqual(
    { "wrong-issuer": ["iss"], "wrong-audience": ["aud"], "wrong-nonce": ["nonce"] }[kind as string] ?? [],
  );
  expect(token.claims["sub"]).toBe(server.person.subject);
});

test("an answer that has no ID token, or no issuer, does not pass for one with a bad one", async () => {
  const server = await authServer();
  server.failNext("/token", { badIdToken: "expired" });
  const answer = await fetch(server.metadata.tokenEndpoint, {
    method: "POST",
    headers: { authorization: basic(server.confidentialClient) },
    body: new URLSearchParams({ grant_type: "client_credentials" }),
  });
  expect(answer.status).toBe(500);
  server.failNext("/jwks", "wrong-issuer");
  expect((await fetch(server.metadata.jwksUri ?? "")).status).toBe(500);
});
