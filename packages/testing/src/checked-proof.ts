import { createHash, createPublicKey, verify } from "node:crypto";

/** What a proof has to fit. */
export interface Proven {
  readonly method: string;
  /** Without query and fragment. */
  readonly url: string;
  readonly accessToken: string;
  /** The thumbprint of the key that the token is bound to. */
  readonly jkt: string;
  readonly nowMs: number;
}

/** What a proof that holds says of itself, or why it does not. */
export type CheckedProof =
  { readonly fault?: undefined; readonly jti: string; readonly nonce: string | undefined } | { readonly fault: string };

/** How far a proof's time may be from ours. */
const windowSeconds = 60;

/**
 * Checks a proof of possession (DPoP) as an API has to. Whether it was here before, and whether its nonce is the right
 * one, is for the caller to see.
 *
 * @see [RFC 9449 section 4.3](https://www.rfc-editor.org/rfc/rfc9449#section-4.3)
 */
export function checkedProof(proof: string | readonly string[] | undefined, proven: Proven): CheckedProof {
  // Several headers of this name come joined by a comma, so they are no proof either.
  if (typeof proof !== "string" || !/^[\w-]+\.[\w-]+\.[\w-]+$/.test(proof)) return { fault: "it is no JWT" };
  try {
    return claimsOf(proof, proven);
  } catch {
    return { fault: "it cannot be read" };
  }
}

function claimsOf(proof: string, { method, url, accessToken, jkt, nowMs }: Proven): CheckedProof {
  const [head = "", body = "", signature = ""] = proof.split(".");
  const { typ, alg, jwk } = parsed(head);
  if (typ !== "dpop+jwt" || alg !== "ES256") return { fault: "typ or alg is another" };
  const key = jwk as Readonly<Record<string, string>>;
  if (key["d"] !== undefined) return { fault: "the private key is in it" };
  const publicKey = {
    key: createPublicKey({ key, format: "jwk" }),
    dsaEncoding: "ieee-p1363",
  } as const;
  if (!verify("sha256", Buffer.from(`${head}.${body}`), publicKey, Buffer.from(signature, "base64url"))) {
    return { fault: "the signature is wrong" };
  }

  const { jti, htm, htu, iat, ath, nonce } = parsed(body);
  if (typeof jti !== "string" || jti === "") return { fault: "jti is missing" };
  if (htm !== method) return { fault: "htm is another method" };
  if (htu !== url) return { fault: "htu is another address" };
  if (typeof iat !== "number" || Math.abs(nowMs / 1000 - iat) > windowSeconds) return { fault: "iat is not now" };
  if (ath !== sha256(accessToken)) return { fault: "ath is of another token" };
  if (thumbprint(key) !== jkt) return { fault: "the token is bound to another key" };
  return { jti, nonce: typeof nonce === "string" ? nonce : undefined };
}

/** The thumbprint of an elliptic curve key (RFC 7638 section 3.2). */
function thumbprint({ crv, kty, x, y }: Readonly<Record<string, string>>): string {
  return sha256(JSON.stringify({ crv, kty, x, y }));
}

function parsed(part: string): Readonly<Record<string, unknown>> {
  return JSON.parse(Buffer.from(part, "base64url").toString()) as Readonly<Record<string, unknown>>;
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("base64url");
}
