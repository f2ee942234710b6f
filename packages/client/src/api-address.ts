import { AuthError, secureUrl } from "@org/auth-core";
import { domainAddress } from "./domain-address.ts";
import { shownOrigin } from "./shown-origin.ts";
import type { Variable } from "./variables/variables.ts";

/**
 * An API's base URL as people write it: an address, or a domain with or without a port, which means `https:`. Throws
 * {@link AuthError}, which says where the value is and shows no more of it than its origin: `insecure_endpoint` for one
 * that is not `https:` (or `http:` on the loopback) or has a user name, `config_invalid` for what is no address.
 */
export function apiAddress({ value, from }: Variable): string {
  const text = domainAddress(value);
  const url = secureUrl(text);
  // Blanks within would be dropped or encoded by the parser; whoever writes them means something else.
  if (url === undefined || /\s/.test(text) || url.hostname.includes("*")) throw notOne(text, from);
  return /^[\x21-\x7e]+$/.test(text) ? text : url.href;
}

function notOne(text: string, from: string): AuthError {
  const url = URL.parse(text);
  if (url === null || /\s/.test(text) || url.hostname.includes("*")) {
    return new AuthError("config_invalid", `the API's address (${from}) is none, nor a domain name`);
  }
  const shown = shownOrigin(text);
  return new AuthError(
    "insecure_endpoint",
    `the API's address is no https: address without a user name: ${shown} (${from})`,
  );
}
