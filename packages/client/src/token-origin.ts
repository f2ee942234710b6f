import { secureUrl } from "@org/auth-core";

/** The origin of an address that tokens may go to. Throws `TypeError` for any that is not `https:`, nor on the loopback. */
export function tokenOrigin(text: string): string {
  const url = secureUrl(text);
  if (url !== undefined) return url.origin;
  // No more than the origin is shown: a user name comes with a password.
  const shown = URL.parse(text)?.origin ?? "what is no address";
  throw new TypeError(`tokens may go to https: addresses without a user name only, not to ${shown}`);
}
