import { abortable, isAuthError, type AccessToken, type TokenSource } from "@org/auth-core";
import { challengesOf } from "./challenge.ts";
import { isProofRefused } from "./send-with-proof.ts";
import { stepUpId, stepUpOf, type StepUpChallenge } from "./step-up.ts";

/**
 * Has a person sign in as an API wants it (RFC 9470). It gives what makes the better tokens from now on; nothing: the
 * source that is there does. `session.stepUp` is one, for a client whose source is that session.
 *
 * It is called once for all requests that wait for it. A sign-in that does not content the API is not asked for again for
 * five minutes, or for the challenge's `max_age` where that is longer: the next 401 with the same challenge is the answer.
 * A challenge that asks for something else is asked for at once. What it rejects with ends the requests that wait;
 * `step_up_required` counts as a sign-in that does not content the API, and anything else as none.
 */
export type OnStepUp = (challenge: StepUpChallenge) => Promise<TokenSource | undefined | void>;

/** A source that knows what to send in place of a token that an API has refused. */
export interface ReplaceableSource extends TokenSource {
  /** How often a person has signed in anew. */
  readonly stepsUp: number;
  /**
   * The token for once more. `undefined`: none would do better than the one that was refused, which was got after so
   * many steps up. Rejects as the source does, and as {@link OnStepUp}.
   */
  replace(
    refused: AccessToken,
    refusal: Response,
    stepsBefore: number,
    signal: AbortSignal | undefined,
  ): Promise<AccessToken | undefined>;
  /** Told how the API answers what is sent after its refusal with the token that `replace` has given. */
  answered(refusal: Response, answer: Response): void;
}

const shortestPauseMs = 5 * 60_000;

/** Wraps a source. A person is asked once for all who wait for it, and where nobody can be asked that is that. */
export function replaceable(
  first: TokenSource,
  onStepUp: OnStepUp | undefined,
  now: () => number = Date.now,
): ReplaceableSource {
  let source = first;
  let stepsUp = 0;
  let steppingUp: Promise<void> | undefined;
  /** What a person has signed in for in vain, as far as is known, and until when it is not asked for again. */
  const vainUntilMs = new Map<string, number>();

  async function stepUp(ask: OnStepUp, challenge: StepUpChallenge): Promise<void> {
    const { maxAgeSeconds = 0 } = challenge;
    const noteVain = (): unknown =>
      vainUntilMs.set(stepUpId(challenge), now() + Math.max(maxAgeSeconds * 1000, shortestPauseMs));
    try {
      source = (await ask(challenge)) ?? source;
    } catch (error) {
      if (isAuthError(error) && error.code === "step_up_required") noteVain();
      throw error;
    }
    stepsUp++;
    // Until the API is known to be content: a request that was sent meanwhile may be refused before that.
    noteVain();
  }

  return {
    get stepsUp() {
      return stepsUp;
    },
    getToken: (asked) => source.getToken(asked),
    async replace(refused, refusal, stepsBefore, signal) {
      if (refusal.headers.has("www-authenticate")) {
        if (refused.proof !== undefined && isProofRefused(refusal)) return undefined;
        const challenge = stepUpOf(challengesOf(refusal));
        if (challenge !== undefined) {
          if (onStepUp === undefined) return undefined;
          // Otherwise someone has signed in since that token was got.
          if (stepsUp === stepsBefore) {
            if (now() < (vainUntilMs.get(stepUpId(challenge)) ?? 0)) return undefined;
            steppingUp ??= stepUp(onStepUp, challenge).finally(() => {
              steppingUp = undefined;
            });
            await abortable(steppingUp, signal);
          }
        }
      }
      const next = await source.getToken({ signal, rejected: refused });
      return next.value === refused.value ? undefined : next;
    },
    answered(refusal, answer) {
      if (vainUntilMs.size === 0) return;
      const challenge = stepUpOf(challengesOf(refusal));
      const isContent = answer.status !== 401 || stepUpOf(challengesOf(answer)) === undefined;
      if (challenge !== undefined && isContent) vainUntilMs.delete(stepUpId(challenge));
    },
  };
}
