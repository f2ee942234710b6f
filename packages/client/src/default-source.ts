import type { TokenSource } from "@org/auth-core";
import { heldResolution } from "./held-resolution.ts";
import type { ResolveOptions } from "./resolve.ts";
import { sourceOf } from "./source-of.ts";

/**
 * A source that looks for its credential when it is first asked, in the one order: argument, environment, stored login.
 * It stays with what it found. When nothing was found, or something was broken, the next call looks again.
 *
 * Rejects as `resolve` does, as the source it finds does, and with {@link AuthError} (`host_not_allowed`) when what it
 * found is a login for other APIs than the one at `apiUrl`.
 */
export function defaultSource(options: ResolveOptions = {}): TokenSource {
  return sourceOf(heldResolution(options), options.apiUrl);
}
