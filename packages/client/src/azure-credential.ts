import type { TokenSource } from "@org/auth-core";
import { unboundToken } from "./unbound-token.ts";

/** The shape of a `TokenCredential` of `@azure/core-auth`, as far as its clients use it. */
export interface AzureCredential {
  getToken(
    scopes: string | string[],
    options?: { readonly abortSignal?: object | undefined },
  ): Promise<{ readonly token: string; readonly expiresOnTimestamp: number }>;
}

/**
 * A source as Azure's SDKs want a credential. The scopes they ask for are not heeded: a source is bound to one identity
 * when it is made. They hold a token until it ends; one whose end is unknown they ask for each time.
 *
 * Rejects as the source does, and with {@link AuthError} `config_invalid` for a token that is bound to a key (DPoP): such
 * an SDK sends no proofs.
 */
export function asAzureCredential(source: TokenSource): AzureCredential {
  return {
    async getToken(_scopes, { abortSignal } = {}) {
      const signal = abortSignal instanceof AbortSignal ? abortSignal : undefined;
      const { value, expiresAtMs = Date.now() } = await unboundToken(source, { signal });
      return { token: value, expiresOnTimestamp: expiresAtMs };
    },
  };
}
