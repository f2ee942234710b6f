/**
 * Whether this is nothing but the wish for a nonce, which comes along.
 *
 * @see [RFC 9449 section 8](https://www.rfc-editor.org/rfc/rfc9449#section-8)
 */
export async function isNonceWanted(response: Response): Promise<boolean> {
  if (response.ok || !response.headers.has("dpop-nonce")) return false;
  return /"error"\s*:\s*"use_dpop_nonce"/.test(await response.clone().text());
}

/** The nonce that an answer asks for, if it is one. Its characters are those of RFC 9449 section 8.1. */
export function nonceOf(headers: Headers): string | undefined {
  const nonce = headers.get("dpop-nonce");
  return nonce !== null && /^[\x21\x23-\x5b\x5d-\x7e]{1,1024}$/.test(nonce) ? nonce : undefined;
}
