/** How much the storms do: little beside the other tests, and all there is to show as `pnpm test:storm`. */
export interface StormSize {
  /** How many processes want a token at once, one crowd after another. */
  readonly crowds: readonly number[];
  /** How often each crowd does. */
  readonly rounds: number;
  /** How many processes are killed while they renew, at each kind of server. */
  readonly kills: number;
  /** How soon after a kill the next process must have its answer. */
  readonly readyWithinMs: number;
}

export const stormSize: StormSize =
  process.env["ORG_AUTH_STORM"] === "long"
    ? { crowds: [10, 50, 100], rounds: 20, kills: 200, readyWithinMs: 1000 }
    : // Other tests have the machine as well; this tells a free lock from one that is waited for.
      { crowds: [20], rounds: 3, kills: 10, readyWithinMs: 5000 };

/** What all chance in a storm comes from: `ORG_AUTH_STORM_SEED` runs one again, as far as the machine goes along. */
export const stormSeed = Number(process.env["ORG_AUTH_STORM_SEED"] ?? Date.now() % 2 ** 32);
