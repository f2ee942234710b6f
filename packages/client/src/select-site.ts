import { AuthError, secureUrl } from "@org/auth-core";
import type { ConfigFile } from "./config-file.ts";
import { domainAddress } from "./domain-address.ts";
import { findSite } from "./find-site.ts";
import type { Product } from "./product.ts";
import { untrustedDestination, untrustedOrigin } from "./refused-destination.ts";
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
  /** The configured site that it is but for its client id, with which it has no name of its own. */
  readonly baseName?: string | undefined;
  /** What names it outright, as a site or by its issuer. Absent: nothing does, so it is the default one. */
  readonly named?: { readonly from: string; readonly as: "issuer" | "site" } | undefined;
  /** Where all its fields are that `origins` does not tell of. Absent: it has none. */
  readonly from?: string | undefined;
  /** In words for people. */
  readonly origins: Readonly<Partial<Record<"clientId" | "issuer" | "site", string | undefined>>>;
}

/** Where to sign in, as far as places name it outright. */
interface Server {
  readonly named: NonNullable<SelectedSite["named"]>;
  readonly issuer: Variable;
  /** Absent: only the issuer is named. */
  readonly site?: Site | undefined;
}

/**
 * The site that the first place means which names one, or its issuer; else the default one. A client id that is named
 * before it, or in the same place, takes the place of the site's own. Where only an issuer is named, its client id is the
 * one that the next place names which speaks of no other server, else that of the configured site with this issuer.
 *
 * Throws {@link AuthError}: `config_invalid` when a place names two sites, or one that is not there; `config_missing` when
 * half of what a site takes is not to be found; `untrusted_origin` when only an untrusted `.env` file has the other half;
 * `insecure_endpoint` when the issuer is not `https:`.
 */
export function selectSite(argument: NamedSite, product: Product, inputs: Inputs, config: ConfigFile): SelectedSite {
  const places = inputs.places.map((place): NamedSite => {
    const get = (name: string): Variable | undefined => getUnrefused(inputs, place, name);
    return { site: get("SITE"), issuer: get("ISSUER"), clientId: get("CLIENT_ID") };
  });
  const { server, clientId } = meant([argument, ...places], config);
  const { named, issuer } = server ?? {};
  if (issuer !== undefined) checkIssuer(issuer);

  if (issuer !== undefined && clientId !== undefined && named?.as === "issuer") {
    const bare: Site = { issuer: issuer.value, clientId: clientId.value };
    const same = sameSite(bare, config);
    const from = same && originOf(same, config);
    return { site: same ?? bare, named, from, origins: { site: from, issuer: issuer.from, clientId: clientId.from } };
  }

  const configured = server?.site ?? siteAt(issuer, config);
  if (configured === undefined) {
    if (issuer === undefined && clientId === undefined) return { origins: {} };
    throw missingHalf(clientId, { product, inputs, config });
  }
  // A site that is named is that one; of the default one no more is meant than its issuer.
  const site = withClientId(configured, clientId?.value, named === undefined ? config : undefined);
  const from = originOf(site.name === undefined ? configured : site, config);
  checkIssuer({ value: site.issuer, from });
  return {
    site,
    baseName: site.name === undefined ? configured.name : undefined,
    named,
    from,
    origins: {
      site: named?.as === "site" ? named.from : from,
      issuer: named?.as === "issuer" ? named.from : from,
      clientId: clientId?.from ?? from,
    },
  };
}

/** Asks places in order until they have said enough. What one says of another server than the first is left aside. */
function meant(
  places: readonly NamedSite[],
  config: ConfigFile,
): { readonly server?: Server | undefined; readonly clientId?: Variable | undefined } {
  let server: Server | undefined;
  let clientId: Variable | undefined;
  for (const place of places) {
    const said = serverOf(place, config);
    if (server !== undefined && said !== undefined && said.issuer.value !== server.issuer.value) continue;
    clientId ??= place.clientId;
    server = server === undefined ? said : { ...server, site: said?.site };
    if (server?.site !== undefined || (server !== undefined && clientId !== undefined)) break;
  }
  return { server, clientId };
}

/** The server that one place names, by its site or its issuer. */
function serverOf({ site: name, issuer: written }: NamedSite, config: ConfigFile): Server | undefined {
  const issuer = written && { ...written, value: domainAddress(written.value) };
  if (name === undefined) return issuer && { named: { from: issuer.from, as: "issuer" }, issuer };
  const site = findSite(config, name);
  if (issuer !== undefined && issuer.value !== site.issuer) {
    throw new AuthError(
      "config_invalid",
      `${name.from} names a site and ${issuer.from} the issuer of another; use one`,
    );
  }
  return { named: { from: name.from, as: "site" }, issuer: { value: site.issuer, from: originOf(site, config) }, site };
}

/** The configured site of that issuer, the default one before others; without an issuer the default one. */
function siteAt(issuer: Variable | undefined, { sites, defaultSite = "" }: ConfigFile): Site | undefined {
  const usual = sites.get(defaultSite);
  if (issuer === undefined || usual?.issuer === issuer.value) return usual;
  return [...sites.values()].find((site) => site.issuer === issuer.value);
}

/** With another client id it is no longer the site of that name, which would be signed in to with its own. */
function withClientId(site: Site, clientId: string | undefined, others: ConfigFile | undefined): Site {
  if (clientId === undefined || clientId === site.clientId) return site;
  const other: Site = { ...site, name: undefined, clientId };
  return (others && sameSite(other, others)) ?? other;
}

/** What is configured of just this site, which holds however it was named. */
function sameSite({ issuer, clientId }: Site, { sites }: ConfigFile): Site | undefined {
  return [...sites.values()].find((site) => site.issuer === issuer && site.clientId === clientId);
}

/** Of the client id where it is there, else of the issuer: nothing says the other. */
function missingHalf(
  clientId: Variable | undefined,
  { product, inputs, config }: { readonly product: Product; readonly inputs: Inputs; readonly config: ConfigFile },
): AuthError {
  const [what, flag, name] =
    clientId === undefined ? ["client id", "--client-id", "CLIENT_ID"] : ["issuer", "--issuer", "ISSUER"];
  const refused = untrustedDestination(inputs, "ISSUER");
  if (clientId !== undefined && refused !== undefined) {
    const instead = config.sites.size > 0 ? "--site or --issuer" : "--issuer";
    return untrustedOrigin({ ...refused, instead }, `the client of ${clientId.from}`, product);
  }
  return new AuthError("config_missing", `the ${what} is not set`, {
    hint: `give ${flag}, or set ${product.envPrefix}${name}`,
  });
}

/** Where a site's fields are, in words for people. */
function originOf({ name = "" }: Site, { path, ownNames }: ConfigFile): string {
  return ownNames.has(name) ? `sites.${name} in ${path}` : `the product's site "${name}"`;
}

function checkIssuer({ value, from }: Variable): void {
  if (secureUrl(value) !== undefined) return;
  // No more than its origin: a user name comes with a password.
  const shown = shownOrigin(value);
  throw new AuthError("insecure_endpoint", `the issuer is no https: address without a user name: ${shown} (${from})`);
}
