import { type AuthorizationServer, StoreError, type TokenSet } from "@org/auth-core";
import { clockSkew, DPoP, type DPoPHandle, generateKeyPair } from "oauth4webapi";
import type { HttpOptions } from "./http.ts";
import type { TokenTarget } from "./token-target.ts";

/** The key that a login's tokens are bound to (DPoP, RFC 9449). */
export interface ProofKey {
  /** Secret: the private key, a JWK as JSON. */
  readonly jwk: string;
  /** Signs the proofs of requests to the authorization server, with the nonce that it last asked for. */
  readonly handle: DPoPHandle;
}

/** A new key for tokens that are to be bound to one. `undefined`: it is not wanted, or the server cannot do that. */
export async function newProofKey(
  server: AuthorizationServer,
  { dpop = false }: TokenTarget,
  http: HttpOptions,
): Promise<ProofKey | undefined> {
  if (!dpop || server.dpopSupported !== true) return undefined;
  const pair = await generateKeyPair("ES256", { extractable: true });
  const jwk = JSON.stringify(await crypto.subtle.exportKey("jwk", pair.privateKey));
  return { jwk, handle: handleOf(pair, http) };
}

/**
 * The key of a login. `undefined`: it has none. Rejects with {@link StoreError} `store_corrupt` when it cannot be read;
 * nothing of it shows.
 */
export async function proofKeyOf({ dpopKey: jwk }: TokenSet, http: HttpOptions): Promise<ProofKey | undefined> {
  if (jwk === undefined) return undefined;
  try {
    const { kty, crv, x, y, d } = JSON.parse(jwk) as Readonly<Record<"crv" | "d" | "kty" | "x" | "y", string>>;
    const algorithm = { name: "ECDSA", namedCurve: "P-256" };
    const publicJwk = { kty, crv, x, y };
    const privateKey = await crypto.subtle.importKey("jwk", { ...publicJwk, d }, algorithm, false, ["sign"]);
    const publicKey = await crypto.subtle.importKey("jwk", publicJwk, algorithm, true, ["verify"]);
    return { jwk, handle: handleOf({ privateKey, publicKey }, http) };
  } catch {
    // A parser's message quotes it.
    throw new StoreError("store_corrupt", "the key of the login's proofs (DPoP) cannot be read");
  }
}

function handleOf(pair: Parameters<typeof DPoP>[1], { now = Date.now }: HttpOptions): DPoPHandle {
  const skewSeconds = Math.round((now() - Date.now()) / 1000);
  return DPoP({ [clockSkew]: skewSeconds }, pair);
}
