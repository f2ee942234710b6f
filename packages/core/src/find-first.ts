import { ask } from "./ask.ts";
import type { CredentialProvider } from "./credential-provider.ts";
import { withSteps } from "./errors.ts";
import type { Explanation } from "./explain.ts";
import type { Step } from "./step.ts";

/**
 * Asks providers in order, up to the first that has a credential, and tells what each of them said. An error of one ends
 * the search: it rejects with that, and what was said so far is in its `steps`.
 */
export async function findFirst(providers: readonly CredentialProvider[]): Promise<Explanation> {
  const steps: Step[] = [];
  for (const provider of providers) {
    const { step, found, error } = await ask(provider);
    steps.push(step);
    if (step.outcome === "broken") throw withSteps(error, steps);
    if (found !== undefined) return { found, steps };
  }
  return { steps };
}
