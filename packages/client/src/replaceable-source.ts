import { abortable, type AccessToken, type TokenSource } from "@org/auth-core";
import type { StepUpChallenge } from "./step-up.ts";

/**
 * Has a person sign in as an API wants it (RFC 9470). It gives what makes the better tokens from now on; nothing: the
 * source that is there does.
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
}

/** Wraps a source. A person is asked once for all who wait for it, and where nobody can be asked that is that. */
export function replaceable(first: TokenSource, onStepUp: OnStepUp | undefined): ReplaceableSource {
  let source = first;
  let stepsUp = 0;
  let steppingUp: Promise<void> | undefined;

  async function stepUp(ask: OnStepUp, challenge: StepUpChallenge): Promise<void> {
    source = (await ask(challenge)) ?? source;
    stepsUp++;
  }

  return {
    get stepsUp() {
      return stepsUp;
    },
    getToken: (asked) => source.getToken(asked),
    async replace(refused, refusal, stepsBefore, signal) {
      if (refusal.headers.has("www-authenticate")) {
        const [{ challengesOf }, { stepUpOf }, { isProofRefused }] = await Promise.all([
          import("./challenge.ts"),
          import("./step-up.ts"),
          import("./send-with-proof.ts"),
        ]);
        if (refused.proof !== undefined && isProofRefused(refusal)) return undefined;
        const challenge = stepUpOf(challengesOf(refusal));
        if (challenge !== undefined) {
          if (onStepUp === undefined) return undefined;
          // Otherwise someone has signed in since that token was got.
          if (stepsUp === stepsBefore) {
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
  };
}
