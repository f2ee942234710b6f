import { corruptEntry, formatEntry, parseEntry } from "./kept-entry.ts";

/** The text of the entry that lists the written forms of the keys there are: not every keyring can be searched. */
export function formatIndexEntry(keys: readonly string[]): string {
  return formatEntry({ keys });
}

/** Reads what {@link formatIndexEntry} wrote. Throws as {@link parseEntry} does. */
export function parseIndexEntry(text: string, place: string): readonly string[] {
  const { keys } = parseEntry(text, place);
  if (!Array.isArray(keys)) throw corruptEntry(place, "it is no list of credentials");
  return keys.filter((key) => typeof key === "string");
}
