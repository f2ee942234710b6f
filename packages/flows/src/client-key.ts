import { AuthError, printable } from "@org/auth-core";
import type { PrivateKey } from "oauth4webapi";

const smallestRsaBits = 2048; // RFC 7518 section 3.3.

/**
 * Reads the key that a client signs its assertions with: a JWK as JSON, or PKCS #8 in PEM.
 *
 * Rejects with {@link AuthError} `config_invalid`, which holds nothing of the key, when it cannot be used.
 */
export async function clientKey(clientId: string, text: string): Promise<PrivateKey> {
  const name = `the private key of the client ${printable(clientId)}`;
  const found = await (text.trimStart().startsWith("{") ? keyOfJwk(text) : keyOfPem(text));
  if (found === undefined) {
    throw new AuthError("config_invalid", `${name} is neither a private JWK nor PKCS #8 in PEM that can sign`, {
      hint: "If it is in another form of PEM, convert it: openssl pkcs8 -topk8 -nocrypt -in OLD -out NEW",
    });
  }
  const { algorithm } = found.key;
  if ("modulusLength" in algorithm && Number(algorithm.modulusLength) < smallestRsaBits) {
    throw new AuthError("config_invalid", `${name} is RSA of less than ${smallestRsaBits} bits`);
  }
  return found;
}

async function keyOfJwk(text: string): Promise<PrivateKey | undefined> {
  try {
    const jwk = JSON.parse(text) as Jwk;
    const key = await crypto.subtle.importKey("jwk", jwk, algorithmOf(jwk), false, ["sign"]);
    return { key, ...(typeof jwk.kid === "string" && { kid: jwk.kid }) };
  } catch {
    return undefined; // The parser's message quotes the text.
  }
}

/** What the key is for is written inside it, where only the importer looks. */
async function keyOfPem(text: string): Promise<PrivateKey | undefined> {
  const [, base64 = ""] = /-----BEGIN PRIVATE KEY-----([\w+/=\s]+)-----END PRIVATE KEY-----/.exec(text) ?? [];
  for (const algorithm of [ecdsa("P-256"), ecdsa("P-384"), ecdsa("P-521"), { name: "Ed25519" }, rsa("RS256")]) {
    try {
      const der = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
      return { key: await crypto.subtle.importKey("pkcs8", der, algorithm, false, ["sign"]) };
    } catch {
      // It is another one's.
    }
  }
  return undefined;
}

interface Jwk {
  readonly kty?: string;
  readonly crv?: string;
  readonly alg?: string;
  readonly kid?: unknown;
}

type Algorithm = Exclude<Parameters<typeof crypto.subtle.importKey>[2], string>;

function algorithmOf({ kty, crv = "", alg = "RS256" }: Jwk): Algorithm {
  if (kty === "RSA") return rsa(alg);
  return kty === "EC" ? ecdsa(crv) : { name: crv };
}

function ecdsa(namedCurve: string): Algorithm {
  return { name: "ECDSA", namedCurve };
}

/** From `RS256` to `PS512`. Throws for anything else. */
function rsa(alg: string): Algorithm {
  const [, scheme, bits] = /^([PR]S)(256|384|512)$/.exec(alg) ?? [];
  if (bits === undefined) throw new TypeError("not an algorithm of RSA");
  return { name: scheme === "PS" ? "RSA-PSS" : "RSASSA-PKCS1-v1_5", hash: `SHA-${bits}` };
}
