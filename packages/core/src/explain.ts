import { ask } from "./ask.ts";
import type { CredentialProvider, FoundCredential } from "./credential-provider.ts";
import type { Step } from "./step.ts";

/** A search told step by step. */
export interface Explanation {
  /** What {@link firstMatch} gives for the same providers. Absent: nothing, or the search broke. */
  readonly found?: FoundCredential | undefined;
  readonly steps: readonly Step[];
}

/**
 * The search of {@link findFirst}, which never throws and goes on after the match to tell what the match hides.
 */
export async function explain(providers: readonly CredentialProvider[]): Promise<Explanation> {
  const steps: Step[] = [];
  let match: FoundCredential | undefined;
  let isBroken = false;

  for (const provider of providers) {
    if (isBroken) {
      steps.push({ place: provider.place, outcome: "not-asked" });
      continue;
    }
    const { step, found } = await ask(provider);
    const isHidden = match !== undefined && found !== undefined;
    steps.push(isHidden ? { ...step, outcome: "shadowed" } : step);
    match ??= found;
    isBroken = step.outcome === "broken" && match === undefined;
  }
  return { found: match, steps };
}
