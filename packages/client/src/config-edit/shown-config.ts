import { shownValue, withoutSecretParameters } from "./shown-value.ts";
import { isTable, type TomlTable, type TomlValue } from "./toml-value.ts";

/** All texts and comments of a TOML text. Quotes and `#` stand nowhere else. */
const tokens = /"""(?:[^\\]|\\[^])*?"{3,5}|'''[^]*?'{3,5}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|#[^\n]*/g;

/** What is shown of a configuration: its text as it is, but for secrets, as {@link shownValue} has them. */
export async function shownConfig(text: string): Promise<string> {
  const { parseTable, valueText } = await import("./toml-text.ts");
  const shown = new Map(shownTexts(parseTable(text)));
  return text.replaceAll(tokens, (token) => {
    if (token.startsWith("#")) return shownComment(token);
    const { text: value } = parseTable(`text = ${token}`) as { readonly text: string };
    const known = shown.get(value) ?? String(shownValue(value));
    return known === value ? token : valueText(known);
  });
}

/** Each text of each site, by what is shown of it. */
function shownTexts(table: TomlTable): readonly (readonly [text: string, shown: string])[] {
  const sites = table["sites"];
  const all = isTable(sites) ? Object.values(sites) : [];
  return all.flatMap((site) => textsIn(site, [])).map(([text, path]) => [text, String(shownValue(text, path))]);
}

type At = readonly [text: string, path: readonly string[]];

function textsIn(value: TomlValue, path: readonly string[]): readonly At[] {
  if (typeof value === "string") return [[value, path]];
  if (isTable(value)) return Object.entries(value).flatMap(([name, below]) => textsIn(below, [...path, name]));
  return Array.isArray(value) ? (value as readonly TomlValue[]).flatMap((item) => textsIn(item, path)) : [];
}

/** A comment may be anything, so what could be a user name goes, up to the last `@` there is. */
function shownComment(comment: string): string {
  return withoutSecretParameters(comment)
    .replaceAll(/:[\\/]{2,}[^\\/?#]*@/g, "://***@")
    .replaceAll(/[^\s"'/]+/g, (word) => {
      const end = word.lastIndexOf("@");
      return word.slice(0, Math.max(0, end)).includes(":") ? `***${word.slice(end)}` : word;
    });
}
