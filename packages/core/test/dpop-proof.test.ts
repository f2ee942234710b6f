import { createHash, createPublicKey, verify } from "node:crypto";
import { inspect } from "node:util";
import { expect, test } from "vitest";
import { proofSigner } from "../src/dpop-proof.ts";
import { accessTokenOf, changedTokenSet, type ProofRequest } from "../src/index.ts";
import { login } from "./sets.ts";

// The key pair of RFC 7515 appendix A.3.1: for all to see.
const jwk = {
  kty: "EC",
  crv: "P-256",
  x: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
  y: "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
  d: "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI",
};
const { d, ...publicJwk } = jwk;
const key = JSON.stringify(jwk);
const request: ProofRequest = { method: "GET", url: "https://resource.example.org/protectedresource" };

interface Proof {
  readonly header: Readonly<Record<string, unknown>>;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** What a proof says, once its signature is shown to be that of the key. */
function checked(proof: string): Proof {
  expect(proof).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
  const [header = "", payload = "", signature = ""] = proof.split(".");
  const publicKey = createPublicKey({ key: publicJwk, format: "jwk" });
  const isSigned = verify(
    "sha256",
    Buffer.from(`${header}.${payload}`),
    { key: publicKey, dsaEncoding: "ieee-p1363" },
    Buffer.from(signature, "base64url"),
  );
  expect(isSigned).toBe(true);
  const parsed = (part: string): Proof["header"] =>
    JSON.parse(Buffer.from(part, "base64url").toString()) as Proof["header"];
  return { header: parsed(header), payload: parsed(payload) };
}

test("a proof says what RFC 9449 section 7.1 shows, with its hash of the access token", async () => {
  const sign = await proofSigner(key, "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU", { now: () => 1_562_262_618_999 });
  const { header, payload } = checked(await sign(request));
  expect(header).toEqual({ typ: "dpop+jwt", alg: "ES256", jwk: publicJwk });
  expect(payload).toEqual({
    jti: expect.stringMatching(/^[\w-]{22}$/),
    htm: "GET",
    htu: "https://resource.example.org/protectedresource",
    iat: 1_562_262_618,
    ath: "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo",
  });
});

test("each proof has an id of its own, and the nonce that is asked for", async () => {
  const sign = await proofSigner(key, "access-0");
  const [first, second] = [checked(await sign(request)), checked(await sign({ ...request, nonce: "a-nonce" }))];
  expect(first.payload["jti"]).not.toBe(second.payload["jti"]);
  expect(first.payload).not.toHaveProperty("nonce");
  expect(second.payload["nonce"]).toBe("a-nonce");
});

test("the query and the fragment of an address are left out, and the rest is normalised", async () => {
  const sign = await proofSigner(key, "access-0");
  const { payload } = checked(await sign({ method: "POST", url: "HTTPS://API.example.com:443/a/../b%20c?d=CANARY#e" }));
  expect(payload).toMatchObject({ htm: "POST", htu: "https://api.example.com/b%20c" });
});

test("the token of a login that is bound to a key signs with it, and any other has no proof", async () => {
  const bound = login({ tokenType: "DPoP", dpopKey: key });
  const { payload } = checked((await accessTokenOf(bound).proof?.(request)) ?? "");
  expect(payload["ath"]).toBe(createHash("sha256").update("access-0").digest("base64url"));
  // The refresh token alone may be bound: RFC 9449 section 5.
  expect(accessTokenOf(login({ dpopKey: key })).proof).toBeUndefined();
  expect(accessTokenOf(login()).proof).toBeUndefined();
});

test("a login keeps its key through a change", () => {
  expect(changedTokenSet(login({ dpopKey: key }), { generation: 1 }).dpopKey).toBe(key);
});

test("nothing of the key is printed, also where it cannot be read", async () => {
  const token = accessTokenOf(login({ tokenType: "DPoP", dpopKey: key }));
  await token.proof?.(request);
  for (const text of [inspect(token, { depth: 10, showHidden: true }), JSON.stringify(token), String(token)]) {
    expect(text).not.toContain(d);
  }

  const broken = [
    "CANARY",
    '{"d":"CANARY"',
    "null",
    "{}",
    JSON.stringify(publicJwk),
    JSON.stringify({ ...jwk, crv: "P-384" }),
  ];
  for (const text of [...broken, JSON.stringify({ ...jwk, d: "CANARY" })]) {
    const error: unknown = await proofSigner(text, "access-0").catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: "StoreError", code: "store_corrupt" });
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain("CANARY");
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(publicJwk.x);
  }
});
