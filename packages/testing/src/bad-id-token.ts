import { createPrivateKey, randomBytes, sign } from "node:crypto";
import type { SigningKey } from "./signing-key.ts";

/**
 * What is wrong with an ID token (OpenID Connect Core section 3.1.3.7):
 * - `"unsigned"`: `alg` is `none`, and there is no signature;
 * - `"bad-signature"`: the signature is of something else;
 * - `"unknown-key"`: `kid` names a key that is not published;
 * - `"expired"`: it ended an hour ago;
 * - `"wrong-issuer"`, `"wrong-audience"`, `"wrong-nonce"`: it is of another server, for another client, of another
 *   sign-in. The signature is right.
 */
export type BadIdToken =
  "unsigned" | "bad-signature" | "unknown-key" | "expired" | "wrong-issuer" | "wrong-audience" | "wrong-nonce";

/** The same ID token with that wrong, signed again with the server's own key where that is not it. */
export function withBadIdToken(idToken: string, kind: BadIdToken, key: SigningKey): string {
  const [head = "", body = "", signature = ""] = idToken.split(".");
  const [header, claims] = [decoded(head), decoded(body)];
  const anHourAgo = Math.floor(Date.now() / 1000) - 3600;
  switch (kind) {
    case "unsigned":
      return `${encoded({ ...header, alg: "none" })}.${body}.`;
    case "bad-signature":
      return `${head}.${body}.${randomBytes(Buffer.from(signature, "base64url").length).toString("base64url")}`;
    case "unknown-key":
      return signed({ ...header, kid: "unknown" }, claims, key);
    case "expired":
      return signed(header, { ...claims, exp: anHourAgo, iat: anHourAgo - 60 }, key);
    case "wrong-issuer":
      return signed(header, { ...claims, iss: "https://issuer.invalid" }, key);
    case "wrong-audience":
      return signed(header, { ...claims, aud: "another-client" }, key);
    case "wrong-nonce":
      return signed(header, { ...claims, nonce: "of-another-sign-in" }, key);
  }
}

type Json = Readonly<Record<string, unknown>>;

function signed(header: Json, claims: Json, jwk: SigningKey): string {
  const input = `${encoded(header)}.${encoded(claims)}`;
  const key = createPrivateKey({ key: jwk, format: "jwk" });
  return `${input}.${sign("sha256", Buffer.from(input), key).toString("base64url")}`;
}

function encoded(json: Json): string {
  return Buffer.from(JSON.stringify(json)).toString("base64url");
}

function decoded(part: string): Json {
  return JSON.parse(Buffer.from(part, "base64url").toString()) as Json;
}
