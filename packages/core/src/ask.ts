import type { CredentialProvider, FoundCredential } from "./credential-provider.ts";
import { isAuthError } from "./errors.ts";
import type { Step } from "./step.ts";

/** What one provider says. */
export interface Answer {
  /** It is `absent`, `broken`, or `chosen` as far as this provider alone is concerned. */
  readonly step: Step;
  /** Present when `chosen`. */
  readonly found?: FoundCredential | undefined;
  /** What it threw. Present when `broken`. */
  readonly error?: unknown;
}

/** Asks one provider. It never throws. */
export async function ask(provider: CredentialProvider): Promise<Answer> {
  const { place, hint } = provider;
  try {
    const found = await provider.find();
    if (found === undefined) return { step: { place, outcome: "absent", hint } };
    return { step: { place, outcome: "chosen", provenance: found.provenance }, found };
  } catch (error) {
    const told = isAuthError(error)
      ? { reason: error.code, message: error.message, hint: error.hint }
      : { reason: "unexpected", hint };
    return { step: { place, outcome: "broken", ...told }, error };
  }
}
