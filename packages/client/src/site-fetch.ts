import { expandPath } from "./config-file.ts";
import type { Environment } from "./environment.ts";
import type { Site } from "./site.ts";
import { transport } from "./transport.ts";

/** A `fetch` to a site's servers: through its proxy or the environment's, trusting the certificates it names. */
export function siteFetch(
  site: Site | undefined,
  {
    env = process.env,
    fetch,
  }: { readonly env?: Environment | undefined; readonly fetch?: typeof globalThis.fetch | undefined },
): typeof globalThis.fetch {
  const { proxy, caFile } = site ?? {};
  return transport({ env, proxy, caFile: caFile === undefined ? undefined : expandPath(caFile, env), fetch });
}
