import { AuthError, secureUrl } from "@org/auth-core";
import type { ConfigFile } from "./config-file.ts";
import { findSite } from "./find-site.ts";
import type { Product } from "./product.ts";
import { refusedDestination, untrustedOrigin } from "./refused-destination.ts";
import type { Site } from "./site.ts";
import { shownOrigin } from "./shown-origin.ts";
import { getUnrefused, type Inputs } from "./variables/inputs.ts";
import type { Variable } from "./variables/variables.ts";

/** What one place says of the site that is meant. */
export interface NamedSite {
  readonly site: Variable | undefined;
  readonly issuer: Variable | undefined;
  readonly clientId: Variable | undefined;
}

/** A site, and where what matters of it came from. */
export interface SelectedSite {
  /** Absent: nothing says where to sign in. */
  readonly site?: Site | undefined;
  /** Whether somebody has named it, rather than that it is the default one. */
  readonly isNamed: boolean;
  /** In words for people. */
  readonly origins: { readonly site?: string; readonly issuer?: string; readonly clientId?: string };
}

/**
 * The site that the first place means which names one, or its issuer or its client id; else the default one. Throws
 * {@link AuthError}: `config_invalid` when a place names two, or one that is not there; `config_missing` when half of
 * what a site takes is not to be found; `untrusted_origin` when only an untrusted `.env` file has the other half;
 * `insecure_endpoint` when the issuer is not `https:`.
 */
export function selectSite(argument: NamedSite, product: Product, inputs: Inputs, config: ConfigFile): SelectedSite {
  const places = inputs.places.map((place): NamedSite => {
    const get = (name: string): Variable | undefined => getUnrefused(inputs, place, name);
    return { site: get("SITE"), issuer: get("ISSUER"), clientId: get("CLIENT_ID") };
  });
  for (const { site, issuer, clientId } of [argument, ...places]) {
    const adHoc = issuer ?? clientId;
    if (site !== undefined && adHoc !== undefined) {
      throw new AuthError("config_invalid", `${site.from} names a site and ${adHoc.from} another; use one`);
    }
    if (site !== undefined) return configured(findSite(config, site), config, site.from);
    if (adHoc !== undefined) return adHocSite(issuer, clientId, { product, inputs, config });
  }
  const site = config.sites.get(config.defaultSite ?? "");
  return site === undefined ? { isNamed: false, origins: {} } : { ...configured(site, config), isNamed: false };
}

/** An issuer and a client id of one place. One of them may be left to the configured site that the other fits. */
function adHocSite(
  issuer: Variable | undefined,
  clientId: Variable | undefined,
  { product, inputs, config }: { readonly product: Product; readonly inputs: Inputs; readonly config: ConfigFile },
): SelectedSite {
  if (issuer !== undefined) checkIssuer(issuer);
  if (issuer !== undefined && clientId !== undefined) {
    const bare: Site = { issuer: issuer.value, clientId: clientId.value };
    // What is configured of just this site holds however it was named.
    const known = [...config.sites.values()].find(
      (one) => one.issuer === bare.issuer && one.clientId === bare.clientId,
    );
    return { site: known ?? bare, isNamed: true, origins: { issuer: issuer.from, clientId: clientId.from } };
  }
  const fits =
    issuer === undefined
      ? config.sites.get(config.defaultSite ?? "")
      : [...config.sites.values()].find((site) => site.issuer === issuer.value);
  if (fits === undefined) {
    const refused = issuer === undefined ? refusedDestination(product, inputs, "ISSUER") : undefined;
    if (refused !== undefined) throw untrustedOrigin(refused, `the client of ${clientId?.from ?? ""}`, product);
    const [what, flag, name] =
      issuer === undefined ? ["issuer", "--issuer", "ISSUER"] : ["client id", "--client-id", "CLIENT_ID"];
    throw new AuthError("config_missing", `the ${what} is not set`, {
      hint: `give ${flag}, or set ${product.envPrefix}${name}`,
    });
  }
  const from = originOf(fits, config);
  return {
    site: { ...fits, clientId: clientId?.value ?? fits.clientId },
    isNamed: true,
    origins: { issuer: issuer?.from ?? from, clientId: clientId?.from ?? from },
  };
}

function configured(site: Site, config: ConfigFile, namedBy?: string): SelectedSite {
  const from = originOf(site, config);
  checkIssuer({ value: site.issuer, from });
  return { site, isNamed: true, origins: { site: namedBy ?? from, issuer: from, clientId: from } };
}

/** Where a site's fields are, in words for people. */
export function originOf({ name = "" }: Site, { path, ownNames }: ConfigFile): string {
  return ownNames.has(name) ? `sites.${name} in ${path}` : `the product's site "${name}"`;
}

function checkIssuer({ value, from }: Variable): void {
  if (secureUrl(value) !== undefined) return;
  // No more than its origin: a user name comes with a password.
  const shown = shownOrigin(value);
  throw new AuthError("insecure_endpoint", `the issuer is no https: address without a user name: ${shown} (${from})`);
}
