import { AuthError } from "@org/auth-core";
import type { ConfigFile } from "./config-file.ts";
import type { Site } from "./site.ts";
import type { Variable } from "./variables/variables.ts";

/**
 * The site of that name, or else the one whose API or issuer is on the host of that name. Throws {@link AuthError}
 * (`config_invalid`) when there is none, or several have the host.
 */
export function findSite({ path, sites }: ConfigFile, { value: asked, from }: Variable): Site {
  const named = sites.get(asked);
  if (named !== undefined) return named;

  const hosts = [...sites.values()].filter(
    ({ apiUrl, issuer }) => hostOf(apiUrl) === asked || hostOf(issuer) === asked,
  );
  const [only, ...others] = hosts;
  if (only !== undefined && others.length === 0) return only;
  const names = (hosts.length > 0 ? hosts.map(({ name }) => name) : [...sites.keys()]).join(", ");
  const what = hosts.length > 0 ? "more than one site has the host" : "there is no site";
  throw new AuthError("config_invalid", `${what} "${asked}" in ${path} (${from})`, {
    hint: sites.size === 0 ? `add a table [sites.${asked}] to it` : `use one of: ${names}`,
  });
}

function hostOf(url: string | undefined): string | undefined {
  return url === undefined ? undefined : URL.parse(url)?.host;
}
