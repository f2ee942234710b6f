import { createPublicKey, verify, type JsonWebKeyInput } from "node:crypto";

/**
 * The subject of a JWT that one of these keys has signed (RS256, ES256 or EdDSA), that is for `audience` and is not past
 * its end. `undefined`: it is not such a one.
 */
export function subjectOf(jwt: string, keys: readonly object[], audience: string): string | undefined {
  const [header = "", payload = "", signature = ""] = jwt.split(".");
  const isSigned = keys.some((jwk) => {
    const key = createPublicKey({ key: jwk, format: "jwk" } as JsonWebKeyInput);
    const digest = key.asymmetricKeyType === "ed25519" ? null : "sha256";
    const input = Buffer.from(`${header}.${payload}`);
    return verify(digest, input, { key, dsaEncoding: "ieee-p1363" }, Buffer.from(signature, "base64url"));
  });
  if (!isSigned) return undefined;
  const { aud, exp, sub } = JSON.parse(Buffer.from(payload, "base64url").toString()) as Record<string, unknown>;
  const isForUs = aud === audience || (Array.isArray(aud) && aud.includes(audience));
  const isAlive = typeof exp === "number" && Date.now() < exp * 1000;
  return isForUs && isAlive && typeof sub === "string" && sub !== "" ? sub : undefined;
}
