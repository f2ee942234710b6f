import { abortable, AuthError, withSteps, type TokenSource } from "@org/auth-core";
import type { Resolution } from "./resolve.ts";

/** The tokens of what `find` finds, for the API at `apiUrl` alone, if there is one. */
export function sourceOf(find: () => Promise<Resolution>, apiUrl: string | undefined): TokenSource {
  let held: TokenSource | undefined;
  return {
    async getToken(asked) {
      asked?.signal?.throwIfAborted();
      if (held !== undefined) return await held.getToken(asked);
      const resolution = await abortable(find(), asked?.signal);
      const source = sourceFor(resolution, apiUrl);
      if (resolution.found.credential.kind !== "anonymous") held = source;
      return await source.getToken(asked);
    },
  };
}

/** A login that nobody has named, by its site or its issuer, is not for whatever API happens to be called. */
function sourceFor({ api, found, source, steps }: Resolution, apiUrl: string | undefined): TokenSource {
  if (apiUrl === undefined || api?.origins.includes(new URL(apiUrl).origin) === true) return source;
  const own = api === undefined || api.origins.length === 0 ? "no API" : api.origins.join(", ");
  const { place, name } = found.provenance;
  const refusal = new AuthError("host_not_allowed", `the ${place} "${name ?? ""}" is for ${own}, not for ${apiUrl}`, {
    hint: "name the login that is meant, by its site or by its issuer and client id",
  });
  throw withSteps(refusal, steps);
}
