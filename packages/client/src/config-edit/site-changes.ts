import { AuthError } from "@org/auth-core";
import type { ConfigFile } from "../config-file.ts";
import { findSite } from "../find-site.ts";
import type { Product } from "../product.ts";
import { shownValue } from "./shown-value.ts";
import { isSame, isTable, valueAt, withValueAt, type TomlTable, type TomlValue } from "./toml-value.ts";

/** What a change is made to. */
export interface CurrentConfig {
  /** What the file says. */
  readonly data: TomlTable;
  /** What that means, with the sites of the product. */
  readonly config: ConfigFile;
  readonly product: Product;
}

/** Says what the file is to say. Throws {@link AuthError} where it cannot. */
export type ConfigChange = (current: CurrentConfig) => TomlTable;

/** A field of a site, by its name in the file, such as `["redirect", "path"]`. */
export interface FieldChange {
  readonly path: readonly string[];
  /** Absent: the field is to go. */
  readonly value?: TomlValue | undefined;
}

export interface SiteChange {
  readonly name: string;
  readonly fields: readonly FieldChange[];
  /** It is the site that is meant when none is named. Default: false. */
  readonly isDefault?: boolean | undefined;
}

/** One site more. The first one is the default, and which one is stays as it was. Throws `config_unchanged` if it is there. */
export function addSite({ name, fields, isDefault = false }: SiteChange): ConfigChange {
  return ({ data, config, product }) => {
    if (config.sites.has(name)) {
      throw new AuthError(
        "config_unchanged",
        `there is a site "${name}" already, in ${placeOf(name, config, product)}`,
        {
          hint: `change it with \`${product.name} sites modify\`, or choose another name`,
        },
      );
    }
    const meant = isDefault || config.sites.size === 0 ? name : config.defaultSite;
    const said = data["default_site"] ?? product.defaultSite;
    const added = withFields(data, name, fields);
    // The only site is meant without being said, and now is the only one no more.
    return meant === said ? added : withDefault(added, meant);
  };
}

/** A site with other fields. Throws `config_invalid` when there is none, `config_unchanged` for a field that is not there. */
export function modifySite({ name: asked, fields, isDefault = false }: SiteChange): ConfigChange {
  return ({ data, config }) => {
    const name = nameOf(asked, config);
    for (const { path, value } of fields) {
      if (value !== undefined || valueAt(data, ["sites", name, ...path]) !== undefined) continue;
      throw new AuthError("config_unchanged", `sites.${name}.${path.join(".")} is not set in ${config.path}`);
    }
    const changed = fields.length === 0 ? data : withFields(data, name, fields);
    return isDefault ? withDefault(changed, name) : changed;
  };
}

/**
 * The sites without this one; if it was the default, another one is. Throws `config_unchanged` for the only site and for
 * one of the product's, `config_invalid` when there is none.
 */
export function removeSite(asked: string): ConfigChange {
  return ({ data, config, product }) => {
    const name = nameOf(asked, config);
    if (!config.ownNames.has(name)) {
      throw new AuthError("config_unchanged", `the site "${name}" comes with ${product.name} and cannot be removed`);
    }
    const others = [...config.ownNames].filter((other) => other !== name);
    const next = product.defaultSite ?? [...others, ...Object.keys(product.sites ?? {})][0];
    if (next === undefined) {
      throw new AuthError("config_unchanged", `"${name}" is the only site in ${config.path}, so it stays`, {
        hint: `add the one that takes its place first, with \`${product.name} sites add\``,
      });
    }
    const rest = withValueAt(data, others.length === 0 ? ["sites"] : ["sites", name], undefined);
    const isNamed = data["default_site"] === name && !Object.hasOwn(product.sites ?? {}, name);
    return isNamed ? withDefault(rest, next) : rest;
  };
}

/** A site whose tokens may go to one origin more. Throws `config_invalid` when there is no such site. */
export function allowOrigin(asked: string, origin: string): ConfigChange {
  return ({ data, config }) => {
    const name = nameOf(asked, config);
    const { allowedOrigins = [], apiUrl } = config.sites.get(name) ?? {};
    const allowed = [...allowedOrigins, ...(apiUrl === undefined ? [] : [apiUrl])];
    if (allowed.some((url) => URL.parse(url)?.origin === origin)) return data;
    return withFields(data, name, [{ path: ["allowed_origins"], value: [...allowedOrigins, origin] }]);
  };
}

function nameOf(asked: string, config: ConfigFile): string {
  return findSite(config, { value: asked, from: "the site to change" }).name ?? asked;
}

function withFields(data: TomlTable, name: string, fields: readonly FieldChange[]): TomlTable {
  const at = ["sites", name];
  const table = valueAt(data, at);
  const changed = fields.reduce(
    (now, { path, value }) =>
      withValueAt(now, path, value === undefined ? undefined : withoutSecret(name, path, value)),
    isTable(table) ? table : {},
  );
  return withValueAt(data, at, changed);
}

function withDefault(data: TomlTable, name: string | undefined): TomlTable {
  return withValueAt(data, ["default_site"], name);
}

function withoutSecret(site: string, path: readonly string[], value: TomlValue): TomlValue {
  if (isSame(shownValue(value, path) as TomlValue, value)) return value;
  throw new AuthError(
    "config_invalid",
    `sites.${site}.${path.join(".")} has a user name or password, or another secret, in it, which is not written into a configuration`,
    { hint: "leave it out; a proxy that wants one can be named in HTTPS_PROXY" },
  );
}

function placeOf(name: string, { ownNames, path }: ConfigFile, product: Product): string {
  return ownNames.has(name) ? path : `what comes with ${product.name}`;
}
