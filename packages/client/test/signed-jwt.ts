import { generateKeyPairSync, randomUUID, sign, type KeyObject } from "node:crypto";

/** A key pair of somebody who signs JWTs with ES256. */
export interface JwtSigner {
  /** As a JWK, for whoever is to trust it. */
  readonly publicKey: object;
  readonly privateKey: KeyObject;
  /** A JWT that ends in a minute, with these claims besides. */
  jwt(claims: object): string;
}

/** Makes a new {@link JwtSigner}. */
export function jwtSigner(): JwtSigner {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return {
    publicKey: { ...publicKey.export({ format: "jwk" }), alg: "ES256", use: "sig" },
    privateKey,
    jwt(claims) {
      const nowS = Math.floor(Date.now() / 1000);
      const payload = { iat: nowS, exp: nowS + 60, jti: randomUUID(), ...claims };
      const input = [{ alg: "ES256", typ: "JWT" }, payload].map(encoded).join(".");
      const signature = sign("sha256", Buffer.from(input), { key: privateKey, dsaEncoding: "ieee-p1363" });
      return `${input}.${signature.toString("base64url")}`;
    },
  };
}

function encoded(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString("base64url");
}
