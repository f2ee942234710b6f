/** Signs ID tokens, well or badly. */
export interface SigningKey {
  /** For the server's key set. */
  readonly jwk: object;
  sign(claims: object, header?: object): Promise<string>;
}

/** A new key pair for `RS256` or `ES256`. */
export async function signingKey(alg: "ES256" | "RS256" = "RS256", kid = "key-1"): Promise<SigningKey> {
  const algorithm =
    alg === "RS256"
      ? { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256", modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) }
      : { name: "ECDSA", hash: "SHA-256", namedCurve: "P-256" };
  const { publicKey, privateKey } = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const jwk = { ...(await crypto.subtle.exportKey("jwk", publicKey)), alg, kid, use: "sig" };

  return {
    jwk,
    async sign(claims, header = {}) {
      const input = `${encoded({ alg, kid, ...header })}.${encoded(claims)}`;
      const signature = await crypto.subtle.sign(algorithm, privateKey, Buffer.from(input));
      return `${input}.${Buffer.from(signature).toString("base64url")}`;
    },
  };
}

/** A JWT with no signature at all. */
export function unsignedJwt(claims: object): string {
  return `${encoded({ alg: "none" })}.${encoded(claims)}.`;
}

function encoded(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString("base64url");
}
