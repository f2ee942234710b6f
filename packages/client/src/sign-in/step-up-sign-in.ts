import { printable, type FoundCredential, type TokenSet } from "@org/auth-core";
import { StepUpRequiredError, type StepUpChallenge } from "../step-up.ts";

// By how much clocks may disagree, and how long a token may be under way.
const toleranceMs = 60_000;

/**
 * What an authorization request says of how the person is to sign in. A device authorization request may say it too; a
 * server that does not know it there is to ignore it.
 *
 * @see [RFC 9470 section 4](https://www.rfc-editor.org/rfc/rfc9470#section-4)
 */
export function stepUpParameters({ acrValues, maxAgeSeconds }: StepUpChallenge): Readonly<Record<string, string>> {
  return {
    ...(acrValues !== undefined && { acr_values: acrValues.join(" ") }),
    ...(maxAgeSeconds !== undefined && { max_age: String(maxAgeSeconds) }),
  };
}

/** Whether a login is known to be of such a sign-in already, with time to spare. */
export function isSteppedUp(
  login: FoundCredential["credential"],
  { acrValues, maxAgeSeconds }: StepUpChallenge,
  nowMs: number,
): boolean {
  if (login.kind !== "token-set" || login.ended !== undefined) return false;
  if (acrValues === undefined && maxAgeSeconds === undefined) return false;
  const { acr = "", authenticatedAtMs = -Infinity } = login;
  if (acrValues?.includes(acr) === false) return false;
  return maxAgeSeconds === undefined || authenticatedAtMs + maxAgeSeconds * 1000 - toleranceMs >= nowMs;
}

/**
 * Sees that a sign-in which began at `startedAtMs` is as it was asked for, as far as its ID token tells: where it says
 * nothing, the API has the last word. Throws {@link StepUpRequiredError} when it is not.
 */
export function requireSteppedUp(
  { server, acr, authenticatedAtMs = Infinity }: TokenSet,
  challenge: StepUpChallenge,
  startedAtMs: number,
): void {
  const { acrValues, maxAgeSeconds = Infinity } = challenge;
  const lateMs = startedAtMs - maxAgeSeconds * 1000 - authenticatedAtMs;
  const isOther = acr !== undefined && acrValues?.includes(acr) === false;
  if (!isOther && lateMs <= toleranceMs) return;
  const came = isOther
    ? `was by ${printable(acr, 100)}`
    : `was made ${String(Math.ceil((startedAtMs - authenticatedAtMs) / 1000))} s before it was asked for`;
  throw new StepUpRequiredError("the API", challenge, {
    instead: `the one at ${printable(server.issuer)} ${came}`,
    hint: "the server may need to be set up for it; the login that was there is kept",
  });
}
