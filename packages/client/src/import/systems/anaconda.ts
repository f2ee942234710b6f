import { AuthError, jwtExpiryMs, printable } from "@org/auth-core";
import * as v from "valibot";
import { accountIn, foundLogin, type FileContext, type FileEntry, type FoundLogin } from "../found-login.ts";
import { malformed, secret, shaped, word } from "../shaped.ts";

const service = "Anaconda Cloud";
const keyring = v.object({ [service]: v.optional(v.record(v.string(), v.string()), {}) });
const record = v.object({ api_key: secret, username: word });

/**
 * The API key for the site, from a file of `{service: {domain: base64 of a record}}`. The domain says where a key
 * belongs: one for another server is none for this. Throws {@link AuthError} (`no_credential`) when there is none.
 */
export function anacondaEntries(json: unknown, { path, site }: FileContext): readonly FileEntry[] {
  const records = Object.entries(shaped(keyring, json, path)[service]);
  const hosts = [site.issuer, site.apiUrl].flatMap((url) => (url === undefined ? [] : [hostOf(url)]));
  for (const host of hosts) {
    const value = records.find(([domain]) => hostOf(domain) === host)?.[1];
    if (value !== undefined) return [{ read: () => keyOf(value, path) }];
  }
  const others = records.map(([domain]) => printable(domain, 100)).join(", ");
  const has = others === "" ? "" : `; it has one for ${printable(others)}`;
  throw new AuthError("no_credential", `${path} has no API key for ${[...new Set(hosts)].join(" or ")}${has}`, {
    hint: "name the site that the key is for, or sign in",
  });
}

function keyOf(value: string, path: string): FoundLogin {
  const { api_key: token, username } = shaped(record, decoded(value, path), path);
  if (token === undefined) throw malformed(path, "api_key");
  return foundLogin({
    kind: "api-key",
    token,
    expiresAtMs: jwtExpiryMs(token),
    account: accountIn(token, { username }),
  });
}

function decoded(value: string, path: string): unknown {
  try {
    return JSON.parse(Buffer.from(value, "base64").toString());
  } catch {
    throw malformed(path, service); // The parser's message quotes it.
  }
}

/** The host of an address, or of a domain with or without a path. */
function hostOf(domain: string): string | undefined {
  return URL.parse(domain.includes("://") ? domain : `https://${domain}`)?.host;
}
