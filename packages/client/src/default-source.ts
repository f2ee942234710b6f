import type { TokenSource } from "@org/auth-core";
import { resolve, type ResolveOptions } from "./resolve.ts";

/**
 * A source that looks for its credential when it is first asked, in the one order: argument, environment, stored login.
 * It stays with what it found. When nothing was found, or something was broken, the next call looks again.
 *
 * Rejects as `resolve` does, and as the source it finds does.
 */
export function defaultSource(options: ResolveOptions = {}): TokenSource {
  let search: Promise<TokenSource> | undefined;

  async function find(): Promise<TokenSource> {
    try {
      return (await resolve(options)).source;
    } catch (error) {
      search = undefined;
      throw error;
    }
  }

  return {
    async getToken(asked) {
      asked?.signal?.throwIfAborted();
      const source = await (search ??= find());
      return await source.getToken(asked);
    },
  };
}
