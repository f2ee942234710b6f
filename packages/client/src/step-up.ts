import { AuthError, printable } from "@org/auth-core";
import type { Challenge } from "./challenge.ts";

/** How an API wants a person to sign in, for what was asked of it (RFC 9470). */
export interface StepUpChallenge {
  /** The ways that will do, the best one first, as the server calls them. Absent: it does not say. */
  readonly acrValues?: readonly string[] | undefined;
  /** How long ago the sign-in may be. Absent: it does not say. */
  readonly maxAgeSeconds?: number | undefined;
  /** What the token has to be good for. Absent: it does not say. */
  readonly scopes?: readonly string[] | undefined;
}

interface StepUpRequiredOptions {
  readonly hint?: string | undefined;
  /** The answer that it is. Absent: it is none. */
  readonly response?: Response | undefined;
  /** What there is in place of what is wanted, in words. Absent: nothing is known of it. */
  readonly instead?: string | undefined;
}

/** The API takes the token, and wants its person to sign in more strongly, or again, for this. */
export class StepUpRequiredError extends AuthError {
  override readonly name = "StepUpRequiredError";
  /** As in {@link StepUpChallenge}, and so are the others. */
  readonly acrValues: readonly string[] | undefined;
  readonly maxAgeSeconds: number | undefined;
  readonly scopes: readonly string[] | undefined;
  // Nothing that prints an error shows it: an API may repeat what it was sent.
  readonly #response: Response | undefined;

  constructor(
    host: string,
    { acrValues, maxAgeSeconds, scopes }: StepUpChallenge,
    { hint, response, instead }: StepUpRequiredOptions = {},
  ) {
    const how = [
      ...(acrValues === undefined ? [] : [`by ${printable(acrValues.join(" or "), 100)}`]),
      ...(maxAgeSeconds === undefined ? [] : [`not longer than ${String(maxAgeSeconds)} s ago`]),
    ];
    const wanted = how.length === 0 ? "a stronger or more recent sign-in" : `a sign-in ${how.join(", ")}`;
    super("step_up_required", `${host} wants ${wanted}${instead === undefined ? "" : `; ${instead}`}`, { hint });
    this.acrValues = acrValues;
    this.maxAgeSeconds = maxAgeSeconds;
    this.scopes = scopes;
    this.#response = response;
  }

  /** The answer itself, for its headers. Its body has been read, if it could be. Absent: it did not come with one. */
  get response(): Response | undefined {
    return this.#response;
  }
}

/**
 * What the challenges want of a sign-in. `undefined`: nothing, the token itself is at fault.
 *
 * @see [RFC 9470 section 3](https://www.rfc-editor.org/rfc/rfc9470#section-3)
 */
export function stepUpOf(challenges: readonly Challenge[]): StepUpChallenge | undefined {
  const { parameters } =
    challenges.find((challenge) => challenge.parameters.get("error") === "insufficient_user_authentication") ?? {};
  if (parameters === undefined) return undefined;
  const maxAge = parameters.get("max_age") ?? "";
  return {
    acrValues: wordsOf(parameters.get("acr_values")),
    maxAgeSeconds: /^\d{1,9}$/.test(maxAge) ? Number(maxAge) : undefined,
    scopes: wordsOf(parameters.get("scope")),
  };
}

/** Two challenges that want the same sign-in have the same. */
export function stepUpId({ acrValues, maxAgeSeconds }: StepUpChallenge): string {
  return JSON.stringify([acrValues, maxAgeSeconds]);
}

/**
 * The scopes that the challenges want, because the token lacks some of them. Empty: they do not say which. `undefined`:
 * they want none.
 *
 * @see [RFC 6750 section 3.1](https://www.rfc-editor.org/rfc/rfc6750#section-3.1)
 */
export function wantedScopesOf(challenges: readonly Challenge[]): readonly string[] | undefined {
  const { parameters } =
    challenges.find((challenge) => challenge.parameters.get("error") === "insufficient_scope") ?? {};
  return parameters && (wordsOf(parameters.get("scope")) ?? []);
}

function wordsOf(text = ""): readonly string[] | undefined {
  // Whatever else stands there would go into requests and onto terminals.
  const words = text.split(" ").filter((word) => /^[\x21-\x7e]{1,200}$/.test(word));
  return words.length === 0 ? undefined : words.slice(0, 50);
}
