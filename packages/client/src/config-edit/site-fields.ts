import type { Site } from "../site.ts";

/** What a site says, by the names and in the units of the configuration. */
export function siteFields(site: Site): Readonly<Record<string, unknown>> {
  const { name: _, issuer, clientId, ...others } = site;
  return fieldsOf({ issuer, clientId, ...others });
}

function fieldsOf(object: object): Readonly<Record<string, unknown>> {
  const entries = Object.entries<unknown>({ ...object })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]): readonly [string, unknown] => {
      const field = name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
      if (typeof value === "number") return [field.replace(/_ms$/, "_seconds"), value / 1000];
      // The server's addresses have names of ours; parameters have the server's.
      return [field, name === "endpoints" && typeof value === "object" && value !== null ? fieldsOf(value) : value];
    });
  return Object.fromEntries<unknown>(entries);
}
