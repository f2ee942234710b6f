import { AuthError, type TokenSource } from "@org/auth-core";
import { resolve, type Resolution, type ResolveOptions } from "./resolve.ts";

/**
 * A source that looks for its credential when it is first asked, in the one order: argument, environment, stored login.
 * It stays with what it found. When nothing was found, or something was broken, the next call looks again.
 *
 * Rejects as `resolve` does, as the source it finds does, and with {@link AuthError} (`host_not_allowed`) when what it
 * found is a login for other APIs than the one at `apiUrl`.
 */
export function defaultSource(options: ResolveOptions = {}): TokenSource {
  let search: Promise<TokenSource> | undefined;

  async function find(): Promise<TokenSource> {
    try {
      return sourceFor(await resolve(options), options);
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

/** A login that nobody has named, by its site or its issuer, is not for whatever API happens to be called. */
function sourceFor({ api, found, source }: Resolution, { apiUrl }: ResolveOptions): TokenSource {
  if (apiUrl === undefined || api?.origins.includes(new URL(apiUrl).origin) === true) return source;
  const own = api === undefined || api.origins.length === 0 ? "no API" : api.origins.join(", ");
  const { place, name } = found.provenance;
  throw new AuthError("host_not_allowed", `the ${place} "${name ?? ""}" is for ${own}, not for ${apiUrl}`, {
    hint: "name the login that is meant, by its site or by its issuer and client id",
  });
}
