import type { Provenance } from "./provenance.ts";

/** What one provider had to say in a search. */
export interface Step {
  readonly place: string;
  /**
   * - `chosen`: this one is used.
   * - `shadowed`: it has one too, but an earlier place wins.
   * - `absent`: nothing here.
   * - `broken`: something is here that cannot be used. If nothing was chosen before, the search ends here.
   * - `not-asked`: the search had ended before.
   */
  readonly outcome: "absent" | "broken" | "chosen" | "not-asked" | "shadowed";
  /** Where exactly it is. Present when `chosen` or `shadowed`. */
  readonly provenance?: Provenance | undefined;
  /** The error's code, or `unexpected`. Present when `broken`. */
  readonly reason?: string | undefined;
  /** What is broken, in a sentence. Present when `broken` by an {@link AuthError}. */
  readonly message?: string | undefined;
  /** What to do to have a credential here. Present when `absent` or `broken`. */
  readonly hint?: string | undefined;
}
