import type { CredentialProvider, FoundCredential } from "./credential-provider.ts";
import { isAuthError } from "./errors.ts";
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
  /** What to do to have a credential here. Present when `absent` or `broken`. */
  readonly hint?: string | undefined;
}

/** A search told step by step. */
export interface Explanation {
  /** What {@link firstMatch} gives for the same providers. Absent: nothing, or the search broke. */
  readonly found?: FoundCredential | undefined;
  readonly steps: readonly Step[];
}

/**
 * The search of {@link firstMatch}, told step by step. It never throws, and goes on after the match to tell what the
 * match hides.
 */
export async function explain(providers: readonly CredentialProvider[]): Promise<Explanation> {
  const steps: Step[] = [];
  let match: FoundCredential | undefined;
  let isBroken = false;

  for (const provider of providers) {
    const { place, hint } = provider;
    if (isBroken) {
      steps.push({ place, outcome: "not-asked" });
      continue;
    }
    try {
      const found = await provider.find();
      if (found === undefined) steps.push({ place, outcome: "absent", hint });
      else steps.push({ place, outcome: match === undefined ? "chosen" : "shadowed", provenance: found.provenance });
      match ??= found;
    } catch (error) {
      const [reason, remedy] = isAuthError(error) ? [error.code, error.hint] : ["unexpected", hint];
      steps.push({ place, outcome: "broken", reason, hint: remedy });
      isBroken = match === undefined;
    }
  }
  return { found: match, steps };
}
