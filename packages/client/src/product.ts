import { secureUrl } from "@org/auth-core";
import type { Site } from "./site.ts";
import { secretNames, variableNames, type VariableName } from "./variables/variable-name.ts";

/** One organisation's or product's own tool: its names, and what it knows without being configured. Plain data. */
export interface Product {
  /** The command people type, and the name of the folders for its files. */
  readonly name: string;
  /** What its environment variables begin with. */
  readonly envPrefix: string;
  /**
   * Older names of its variables, which count where the product's own name is not set: whole, and by the name without
   * the prefix that each stands for, as in `{ ACCESS_TOKEN: ["ACME_TOKEN"] }`. What holds for a variable holds for its
   * older names: `ACME_TOKEN_FILE` may name a file, and a `.env` file may say no more by them. Absent: none.
   */
  readonly envNames?: Readonly<Partial<Record<VariableName, readonly string[]>>> | undefined;
  /** What it calls itself to servers. Absent: its name. */
  readonly userAgent?: string | undefined;
  /** Sites that need no configuration, by name. A configured site of the same name changes only what it says. */
  readonly sites?: Readonly<Record<string, ProductSite>> | undefined;
  /** The site that is meant when nothing names one. Absent: the only one there is. */
  readonly defaultSite?: string | undefined;
  /** The profile that is meant when nothing names one. Absent: `default`. */
  readonly defaultProfile?: string | undefined;
}

/** A site as a product brings it along: its name is the key it stands under. */
export type ProductSite = Omit<Site, "name">;

/** The tool as it comes, for organisations that give it no name of their own. */
export const defaultProduct: Product = { name: "org-auth", envPrefix: "ORG_AUTH_" };

/**
 * A product with its names and sites checked, to be passed wherever a `product` is taken. Throws `TypeError` that names
 * the field for a name that cannot name a folder, a prefix that is not upper-case letters, digits and `_` ending in
 * `_`, older names of no variable or which could be another's, a site whose addresses are not `https:` (or `http:` on the loopback), and a default site that is not there.
 */
export function defineProduct(product: Product): Product {
  const { name, envPrefix, sites = {}, defaultSite } = product;
  if (!/^[a-z0-9][a-z0-9._-]{0,63}$/i.test(name))
    throw new TypeError("product.name cannot name a command and a folder");
  if (!/^[A-Z][A-Z0-9_]*_$/.test(envPrefix)) throw new TypeError("product.envPrefix is not upper case ending in _");
  checkOlderNames(product);
  for (const [siteName, site] of Object.entries(sites)) {
    if (addressesOf(site).some((url) => secureUrl(url) === undefined)) {
      throw new TypeError(`product.sites.${siteName} has an address that is not https:`);
    }
  }
  if (defaultSite !== undefined && !Object.hasOwn(sites, defaultSite)) {
    throw new TypeError("product.defaultSite is none of product.sites");
  }
  return product;
}

/** Each name stands for one variable. */
function checkOlderNames({ envPrefix, envNames = {} }: Product): void {
  const taken = new Set(variableNames.flatMap((name) => withFile(name, envPrefix + name)));
  for (const [name, wholes] of Object.entries(envNames)) {
    if (!variableNames.some((known) => known === name)) throw new TypeError(`product.envNames.${name} is no variable`);
    for (const whole of wholes) {
      const isNew = withFile(name, whole).every((one) => !taken.has(one) && taken.add(one));
      if (!isNew || !/^[A-Z][A-Z0-9_]*$/.test(whole))
        throw new TypeError(`product.envNames.${name} has a name that is another's, or none: ${whole}`);
    }
  }
}

function withFile(name: string, whole: string): readonly string[] {
  return secretNames.has(name) ? [whole, `${whole}_FILE`] : [whole];
}

function addressesOf(site: ProductSite): readonly string[] {
  const { issuer, apiUrl, allowedOrigins = [], apiKeysUrls = [], developerTokenUrl, endpoints, landing } = site;
  const named = Object.values<string | undefined>({ ...endpoints, ...landing, issuer, apiUrl, developerTokenUrl });
  return [...named, ...allowedOrigins, ...apiKeysUrls].filter((url) => url !== undefined);
}
