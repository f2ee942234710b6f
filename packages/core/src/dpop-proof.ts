import { StoreError } from "./errors.ts";

/** The request that a proof is for. */
export interface ProofRequest {
  /** As it is sent, such as `GET`. */
  readonly method: string;
  /** Absolute. Its query and fragment are left out of the proof. */
  readonly url: string;
  /** What the server wants to see in it. Absent: it has not said. */
  readonly nonce?: string | undefined;
}

/** Signs a proof, for one request that is sent once: the value of its `DPoP` header. */
export type SignProof = (request: ProofRequest) => Promise<string>;

export interface ProofSignerOptions {
  /** Milliseconds since 1970. Default: `Date.now`. */
  readonly now?: (() => number) | undefined;
  /** Fills bytes with chance that nobody can guess. Default: `crypto.getRandomValues`. */
  readonly fillRandom?: ((bytes: Uint8Array<ArrayBuffer>) => void) | undefined;
}

/**
 * What signs the proofs that go with an access token to an API. `key` is the private key the token is bound to: a JWK as
 * JSON, for ES256. Rejects with {@link StoreError} `store_corrupt` when it is none; nothing of it shows.
 *
 * @see [RFC 9449 section 4.2](https://www.rfc-editor.org/rfc/rfc9449#section-4.2)
 */
export async function proofSigner(
  key: string,
  accessToken: string,
  options: ProofSignerOptions = {},
): Promise<SignProof> {
  const { now = Date.now, fillRandom = (bytes: Uint8Array<ArrayBuffer>) => void crypto.getRandomValues(bytes) } =
    options;
  const { privateKey, publicJwk } = await importKey(key);
  const header = encodedJson({ typ: "dpop+jwt", alg: "ES256", jwk: publicJwk });
  const ath = base64url(new Uint8Array(await crypto.subtle.digest("SHA-256", bytesOf(accessToken))));

  return async ({ method, url, nonce }) => {
    const { origin, pathname } = new URL(url);
    const id = new Uint8Array(16);
    fillRandom(id);
    const iat = Math.floor(now() / 1000);
    const payload = encodedJson({ jti: base64url(id), htm: method, htu: origin + pathname, iat, ath, nonce });
    const algorithm = { name: "ECDSA", hash: "SHA-256" };
    const signature = await crypto.subtle.sign(algorithm, privateKey, bytesOf(`${header}.${payload}`));
    return `${header}.${payload}.${base64url(new Uint8Array(signature))}`;
  };
}

async function importKey(text: string) {
  try {
    const { kty, crv, x, y, d } = JSON.parse(text) as Readonly<Record<"crv" | "d" | "kty" | "x" | "y", string>>;
    const publicJwk = { kty, crv, x, y };
    const algorithm = { name: "ECDSA", namedCurve: "P-256" };
    return {
      privateKey: await crypto.subtle.importKey("jwk", { ...publicJwk, d }, algorithm, false, ["sign"]),
      publicJwk,
    };
  } catch {
    throw new StoreError("store_corrupt", "the key of the login's proofs (DPoP) cannot be read"); // A parser's message quotes it.
  }
}

function encodedJson(json: object): string {
  return base64url(bytesOf(JSON.stringify(json)));
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

function base64url(bytes: Uint8Array): string {
  const base64 = btoa(String.fromCharCode(...bytes));
  return base64.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}
