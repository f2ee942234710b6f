import type { SignProof } from "./dpop-proof.ts";
import type { Provenance } from "./provenance.ts";
import { redacted } from "./redacted.ts";

/** A token to send to an API. Printing it in any way shows `[redacted]` in place of {@link AccessToken.value}. */
export interface AccessToken {
  /** The secret itself, as it goes into `Authorization: Bearer …`, or `DPoP …` with a proof. Not enumerable. */
  readonly value: string;
  /** When it ends, in milliseconds since 1970. Absent: unknown, so it is renewed when an API refuses it. */
  readonly expiresAtMs?: number | undefined;
  /** When it was asked for, in milliseconds since 1970. Absent: unknown. */
  readonly obtainedAtMs?: number | undefined;
  /** What it was granted for. Empty: unknown or none. */
  readonly scopes: readonly string[];
  /** Where the credential behind it was found. Absent: the caller brought it along. */
  readonly provenance?: Provenance | undefined;
  /**
   * Signs the proof that has to go with it, a new one for each request (DPoP, RFC 9449). Not enumerable. Absent: it is a
   * bearer token, which whoever has it can use.
   */
  readonly proof?: SignProof | undefined;
}

/** Makes an {@link AccessToken} that does not print its value. Throws `TypeError` when the value is empty. */
export function accessToken(
  fields: Omit<AccessToken, "scopes"> & { readonly scopes?: readonly string[] },
): AccessToken {
  const { value, expiresAtMs, obtainedAtMs, scopes = [], provenance, proof } = fields;
  if (value === "") throw new TypeError("an access token cannot be empty");
  return redacted({ expiresAtMs, obtainedAtMs, scopes, provenance }, { value, proof });
}
