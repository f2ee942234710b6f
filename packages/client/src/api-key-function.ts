import type { TokenSource } from "@org/auth-core";
import { unboundToken } from "./unbound-token.ts";

/**
 * A source as SDKs want it that take a function for their API key, such as OpenAI's, which asks it before each request.
 *
 * Rejects as the source does, and with {@link AuthError} `config_invalid` for a token that is bound to a key (DPoP): such
 * an SDK sends no proofs.
 */
export function asApiKeyFunction(source: TokenSource): () => Promise<string> {
  return async () => (await unboundToken(source)).value;
}
