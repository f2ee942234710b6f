import { expect, test } from "vitest";
import { checkedProof, type Proven } from "../src/checked-proof.ts";
import { proofKey } from "./by-hand.ts";

// The request of RFC 9449 section 7.1, and the thumbprint of section 6.1.
const proof = [
  "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRj",
  "QyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGki",
  "OiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIjoiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZWN0ZWRyZXNvdXJjZSI",
  "sImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNFc05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9.2oW9RP35yRqzhrtNP86L-E",
  "y71EOptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA",
].join("");
const proven: Proven = {
  method: "GET",
  url: "https://resource.example.org/protectedresource",
  accessToken: "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU",
  jkt: "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I",
  nowMs: 1_562_262_618_000,
};

test("the proof of RFC 9449 section 7.1 holds, for the key of section 6.1 and the token of section 5", () => {
  expect(checkedProof(proof, proven)).toEqual({ jti: "e1j3V_bKic8-LAEB", nonce: undefined });
});

const others: readonly (readonly [what: string, Partial<Proven>])[] = [
  ["htm is another method", { method: "POST" }],
  ["htu is another address", { url: "https://resource.example.org/other" }],
  ["iat is not now", { nowMs: proven.nowMs + 61_000 }],
  ["iat is not now", { nowMs: proven.nowMs - 61_000 }],
  ["ath is of another token", { accessToken: "another" }],
  ["the token is bound to another key", { jkt: "another" }],
];

test.for(others)("it does not hold for anything else: %s", ([fault, other]) => {
  expect(checkedProof(proof, { ...proven, ...other })).toEqual({ fault });
});

const key = proofKey();

/** A proof of ours that is good but for the changes. */
function made(header: Record<string, unknown>, payload: Record<string, unknown>): string {
  return key.prove({ htm: "GET", htu: proven.url, iat: proven.nowMs / 1000, ...payload }, header);
}

const bad: readonly (readonly [fault: string, proof: string | undefined])[] = [
  ["it is no JWT", undefined],
  ["it is no JWT", `${proof}, ${proof}`],
  ["it cannot be read", "AA.AA.AA"],
  ["typ or alg is another", "e30.e30.e30"],
  ["typ or alg is another", made({ typ: "JWT" }, {})],
  ["typ or alg is another", made({ alg: "none" }, {})],
  ["the private key is in it", made({ jwk: key.privateJwk }, {})],
  ["it cannot be read", made({ jwk: { kty: "oct", k: "AAAA" } }, {})],
  ["the signature is wrong", proof.replace(/.{8}$/, "AAAAAAAA")],
  ["jti is missing", made({}, { jti: undefined })],
];

test.for(bad)("what is no good proof does not hold: %s", ([fault, text]) => {
  expect(checkedProof(text, proven)).toEqual({ fault });
});
