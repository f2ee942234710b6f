import type { CredentialProvider, FoundCredential } from "./credential-provider.ts";
import { isAuthError } from "./errors.ts";
import type { Step } from "./step.ts";

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
      const told = isAuthError(error)
        ? { reason: error.code, message: error.message, hint: error.hint }
        : { reason: "unexpected", hint };
      steps.push({ place, outcome: "broken", ...told });
      isBroken = match === undefined;
    }
  }
  return { found: match, steps };
}
