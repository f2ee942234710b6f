import { AuthError, printable, secureUrl } from "@org/auth-core";

/**
 * The address that a setting names, for secrets to be sent to: `https:`, or `http:` on the loopback. Throws
 * {@link AuthError}: `insecure_endpoint`, or `config_invalid` when it is no address at all.
 *
 * `what` names it in the error, such as `address for API keys`.
 */
export function settingUrl(address: string, what: string): URL {
  const url = secureUrl(address);
  if (url !== undefined) return url;
  const { origin } = URL.parse(address) ?? {};
  if (origin === undefined) throw new AuthError("config_invalid", `the ${what} is not one`);
  // Its origin alone is shown: the rest may hold a secret.
  throw new AuthError(
    "insecure_endpoint",
    `the ${what} (${printable(origin)}…) is not https:, nor http: on the loopback, or has a user name in it`,
  );
}
