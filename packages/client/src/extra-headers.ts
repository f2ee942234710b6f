import { AuthError } from "@org/auth-core";
import type { Variable } from "./variables/variables.ts";

/** What carries credentials, names another host, or is for one hop only (RFC 9110 section 7.6.1): not for settings. */
const reserved: ReadonlySet<string> = new Set([
  ...["authorization", "cookie", "dpop", "host", "proxy-authorization", "x-api-key"],
  ...[
    "connection",
    "content-length",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
  ],
]);

const longest = 16 * 1024;

/**
 * Headers written as a JSON object of texts. Throws {@link AuthError} (`config_invalid`), which says where they are and
 * what is wrong with them, and shows no value.
 */
export function parseExtraHeaders({ value, from }: Variable): Readonly<Record<string, string>> {
  const invalid = (why: string): AuthError => new AuthError("config_invalid", `the extra headers (${from}): ${why}`);
  if (value.length > longest) throw invalid("they are longer than 16 KiB");
  let json: unknown;
  try {
    json = JSON.parse(value);
  } catch {
    throw invalid("this is not valid JSON");
  }
  if (typeof json !== "object" || json === null || Array.isArray(json)) throw invalid("this is not a JSON object");
  return checkExtraHeaders(json, invalid);
}

/** Extra headers, each of which can be one. Throws what `invalid` makes of what is wrong with them. */
export function checkExtraHeaders(given: object, invalid: (why: string) => Error): Readonly<Record<string, string>> {
  const headers = Object.entries(given).map(([name, text]: [string, unknown]) => {
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/.test(name)) throw invalid("a name is not that of a header");
    if (reserved.has(name.toLowerCase())) throw invalid(`${name} is not for settings`);
    if (typeof text !== "string") throw invalid(`${name} is not a text`);
    if (!/^[\x20-\x7e\t]*$/.test(text)) throw invalid(`${name} has characters that no header can carry`);
    return [name, text] as const;
  });
  return Object.fromEntries(headers);
}
