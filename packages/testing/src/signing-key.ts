import { generateKeyPair, randomBytes } from "node:crypto";
import { promisify } from "node:util";

/** A private key that ID tokens are signed with (RS256), as a JWK. Secret. */
export type SigningKey = Readonly<Record<string, string | undefined>>;

/** Makes a new one. */
export async function signingKey(): Promise<SigningKey> {
  const { privateKey } = await promisify(generateKeyPair)("rsa", { modulusLength: 2048 });
  const { kty, n, e, d, p, q, dp, dq, qi } = privateKey.export({ format: "jwk" });
  return { kty, n, e, d, p, q, dp, dq, qi, alg: "RS256", use: "sig", kid: randomBytes(8).toString("hex") };
}
