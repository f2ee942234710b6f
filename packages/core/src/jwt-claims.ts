const longestJwt = 64 * 1024;
const deepestClaim = 32;

/**
 * What a JWT says of itself, by its own properties. `undefined`: it is no signed JWT, or one longer than 64 KiB or nested
 * deeper than 32 levels.
 *
 * Nothing is verified, and anyone may have written it: good for a hint or to be shown with `printable`, and for no
 * decision about access.
 *
 * @see [RFC 7519 section 7.2](https://www.rfc-editor.org/rfc/rfc7519#section-7.2)
 */
export function jwtClaims(token: string): ReadonlyMap<string, unknown> | undefined {
  if (token.length > longestJwt) return undefined;
  const payload = /^[\w-]+\.([\w-]+)\.[\w-]*$/.exec(token)?.[1];
  if (payload === undefined) return undefined;
  try {
    const claims: unknown = JSON.parse(decoded(payload));
    const isObject = typeof claims === "object" && claims !== null && !Array.isArray(claims);
    return isObject && isShallow(claims, deepestClaim) ? new Map(Object.entries(claims)) : undefined;
  } catch {
    return undefined; // The parser's message quotes the token.
  }
}

/**
 * When a JWT ends by its own `exp`, in milliseconds since 1970. `undefined`: it does not say, or is no JWT.
 *
 * It is a hint: what the server said with the token, and an API that refuses it, know better.
 *
 * @see [RFC 7519 section 4.1.4](https://www.rfc-editor.org/rfc/rfc7519#section-4.1.4)
 */
export function jwtExpiryMs(token: string): number | undefined {
  const exp = jwtClaims(token)?.get("exp");
  if (typeof exp !== "number") return undefined;
  const expiryMs = Math.floor(exp * 1000);
  return expiryMs >= 0 && expiryMs <= latestMs ? expiryMs : undefined;
}

/** The last moment that a `Date` can say. */
const latestMs = 8.64e15;

function decoded(base64url: string): string {
  const binary = atob(base64url.replaceAll("-", "+").replaceAll("_", "/"));
  return new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(binary, (byte) => byte.charCodeAt(0)));
}

/** Whoever prints or walks what is deeper may run out of stack. */
function isShallow(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return true;
  return levels > 0 && Object.values(value).every((part) => isShallow(part, levels - 1));
}
