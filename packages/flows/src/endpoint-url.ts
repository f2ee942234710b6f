import { AuthError, isLoopback, printable, secureUrl } from "@org/auth-core";

/**
 * The checked, normalised form of an address that a server named: `https:`, or `http:` on the loopback when the issuer
 * itself is there. Throws {@link AuthError}: `insecure_endpoint`, or `bad_response` when it is no address at all.
 *
 * `what` names the address in the error, such as `token endpoint`.
 */
export function endpointUrl(address: string, what: string, issuer: string): string {
  // Spaces and line breaks would be dropped or rewritten by the parser; whoever sends them means no good.
  const isPlain = /^[\x21-\x7e]{1,4096}$/.test(address);
  if (!isPlain || !URL.canParse(address)) {
    throw new AuthError("bad_response", `${printable(issuer)} names a ${what} that is not an address`);
  }
  const url = secureUrl(address);
  if (url === undefined || (url.protocol === "http:" && !isLoopbackHttp(issuer))) {
    const shown = printable(new URL(address).origin);
    throw new AuthError("insecure_endpoint", `${printable(issuer)} names an insecure ${what} (${shown}…)`);
  }
  return url.href;
}

/** Whether this is plain `http:` on this machine itself. */
export function isLoopbackHttp(address: string): boolean {
  const url = URL.parse(address);
  return url?.protocol === "http:" && isLoopback(url);
}
