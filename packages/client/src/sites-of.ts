import { AuthError } from "@org/auth-core";
import type { ConfigFile } from "./config-file.ts";
import type { Product } from "./product.ts";
import type { Site } from "./site.ts";

/** What a configuration file says, before sites inherit from one another. */
export interface ParsedConfig {
  readonly defaultSite?: string | undefined;
  readonly tables: ReadonlyMap<string, SiteTable>;
}

/** Some fields of a site. */
export type SiteFields = { readonly [Name in Exclude<keyof Site, "name">]?: Site[Name] | undefined };

/** One site's table: only what it says itself. */
export interface SiteTable {
  /** The site that says the rest. Absent: the product's of the same name, if there is one. */
  readonly base?: string | undefined;
  readonly fields: SiteFields;
}

/**
 * The sites of a configuration and of the product, each whole. Throws {@link AuthError} (`config_invalid`) that names
 * the site and what is wrong with it.
 */
export function sitesOf(
  { defaultSite, tables }: ParsedConfig,
  product: Product,
  path: string,
): Omit<ConfigFile, "path"> {
  const ofProduct = new Map(Object.entries(product.sites ?? {}));

  function fieldsOf(name: string, below: readonly string[]): SiteFields {
    const table = tables.get(name);
    if (table === undefined) return ofProduct.get(name) ?? {};
    const { base, fields } = table;
    if (base === undefined || base === name) return inherited(ofProduct.get(name) ?? {}, fields);
    if (below.includes(name))
      throw invalid(path, name, "base", `it inherits from itself: ${[...below, name].join(", ")}`);
    if (!tables.has(base) && !ofProduct.has(base)) throw invalid(path, name, "base", "there is no site of that name");
    return inherited(fieldsOf(base, [...below, name]), fields);
  }

  const sites = new Map<string, Site>();
  for (const name of [...tables.keys(), ...ofProduct.keys()]) {
    const { issuer, clientId, ...rest } = fieldsOf(name, []);
    if (issuer === undefined) throw invalid(path, name, "issuer", "it has no value, here or in a base site");
    if (clientId === undefined) throw invalid(path, name, "client_id", "it has no value, here or in a base site");
    sites.set(name, { ...rest, name, issuer, clientId });
  }

  if (defaultSite !== undefined && !sites.has(defaultSite)) {
    throw new AuthError("config_invalid", `${path}: default_site: there is no site of that name`);
  }
  const [only, ...others] = sites.keys();
  return {
    defaultSite: defaultSite ?? product.defaultSite ?? (others.length === 0 ? only : undefined),
    sites,
    ownNames: new Set(tables.keys()),
  };
}

/** A site of another issuer has none of the addresses of its base's server: secrets of the one would go to the other. */
function inherited({ endpoints, ...base }: SiteFields, own: SiteFields): SiteFields {
  const isSameServer = own.issuer === undefined || own.issuer === base.issuer;
  return { ...base, ...(isSameServer && endpoints !== undefined && { endpoints }), ...own };
}

function invalid(path: string, site: string, field: string, why: string): AuthError {
  return new AuthError("config_invalid", `${path}: sites.${site}.${field}: ${why}`);
}
