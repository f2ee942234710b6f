import { StoreError } from "@org/auth-core";

/** The format this release writes. It refuses newer ones. */
const version = 1;

/** The text of an entry of ours. */
export function formatEntry(fields: object): string {
  return JSON.stringify({ version, ...fields });
}

/**
 * The fields of an entry of ours. Throws {@link StoreError}, which names the place and nothing that stands there:
 * `store_corrupt`, or `store_newer`.
 */
export function parseEntry(text: string, place: string): Readonly<Record<string, unknown>> {
  const fields = parseObject(text);
  const found = fields["version"];
  if (typeof found === "number" && found > version) {
    throw new StoreError("store_newer", `${place} was written by a newer release (format ${found})`);
  }
  if (found !== version) throw corruptEntry(place, "it is none of ours");
  return fields;
}

/** Something else is in the place of an entry of ours. It is left to whoever can tell what it is. */
export function corruptEntry(place: string, why: string): StoreError {
  return new StoreError("store_corrupt", `cannot read ${place}: ${why}`, {
    hint: "see what it is, and delete it from the keyring if nobody needs it",
  });
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const json = JSON.parse(text) as unknown;
    return typeof json === "object" && json !== null ? { ...json } : {};
  } catch {
    return {}; // The parser's own message quotes the text.
  }
}
