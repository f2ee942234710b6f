import { withSteps, type Step, type TokenSource } from "@org/auth-core";

/**
 * The same source; what it rejects with tells by which steps its credential was found. It belongs beneath `reuse`, where a
 * token that is held does not pass it.
 */
export function traced(source: TokenSource, steps: readonly Step[]): TokenSource {
  return {
    async getToken(asked) {
      try {
        return await source.getToken(asked);
      } catch (error) {
        throw withSteps(error, steps);
      }
    },
  };
}
