import type { SignProof } from "@org/auth-core";
import { challengesOf } from "./challenge.ts";
import { discard } from "./discard.ts";
import { requireReplayable, type Outgoing } from "./outgoing.ts";

/** The nonce that each origin last asked for, or gave for the next time. */
export type Nonces = Map<string, string>;

/**
 * Sends a request with a proof made for it (DPoP): with the nonce that its origin wants, as far as that is known, and once
 * more when the answer is that it wants another. Rejects with {@link AuthError} (`body_not_replayable`) when it then cannot
 * be sent again.
 *
 * @see [RFC 9449 section 9](https://www.rfc-editor.org/rfc/rfc9449#section-9)
 */
export async function sendWithProof(
  request: Outgoing,
  proof: SignProof,
  nonces: Nonces,
  send: (request: Outgoing) => Promise<Response>,
): Promise<Response> {
  const { url, method } = request;

  async function sendOnce(): Promise<Response> {
    const headers = new Headers(request.headers);
    headers.set("dpop", await proof({ method, url: url.href, nonce: nonces.get(url.origin) }));
    const response = await send({ ...request, headers });
    const nonce = nonceOf(response);
    if (nonce !== undefined) nonces.set(url.origin, nonce);
    return response;
  }

  const response = await sendOnce();
  const isWanted = errorOf(response) === "use_dpop_nonce" && nonceOf(response) !== undefined;
  if (!isWanted) return response;
  discard(response);
  requireReplayable(request, "the API wants another nonce in its proof");
  return await sendOnce();
}

/** Whether it is the proof that was found wanting, and not the token, so that another token would not help. */
export function isProofRefused(response: Response): boolean {
  return /^(invalid_dpop_proof|use_dpop_nonce)$/.test(errorOf(response));
}

function errorOf(response: Response): string {
  const challenges = response.status === 401 ? challengesOf(response) : [];
  const dpop = challenges.find(({ scheme, parameters }) => scheme === "dpop" && parameters.has("error"));
  return dpop?.parameters.get("error") ?? "";
}

/** The characters are those of RFC 9449 section 8.1. */
function nonceOf({ headers }: Response): string | undefined {
  const nonce = headers.get("dpop-nonce");
  return nonce !== null && /^[\x21\x23-\x5b\x5d-\x7e]{1,1024}$/.test(nonce) ? nonce : undefined;
}
