import type { Provenance } from "@org/auth-core";

/** What went with a request to the place that answered it. Names only, never a value. */
export type SentCredential =
  | {
      readonly kind: "token";
      /** Where its credential was found. Absent: the caller brought it along. */
      readonly provenance?: Provenance | undefined;
      /** What it was granted for. Empty: unknown or none. */
      readonly scopes: readonly string[];
      /** The command that signs in anew, where a login was found for it. Absent: nothing was looked for, or none is known. */
      readonly loginCommand?: string | undefined;
    }
  /** An `Authorization` that the request brought along. */
  | { readonly kind: "own" }
  /** Nothing: there is no credential, or none was to be sent. */
  | { readonly kind: "none" }
  /** Nothing, because none goes there: `to` is no allowed origin, or a redirect has led there. */
  | { readonly kind: "withheld"; readonly to: string };

const key: unique symbol = Symbol("sent credential");

/** What went with the request that this is the answer to. `undefined`: it is not known, or it was a success. */
export function sentCredential(response: Response & { readonly [key]?: SentCredential }): SentCredential | undefined {
  return response[key];
}

/** Notes it on the answer itself, where no printing or copying finds it. */
export function noteSentCredential(response: Response, sent: SentCredential): void {
  Object.defineProperty(response, key, { value: sent, configurable: true });
}
