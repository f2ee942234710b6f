/**
 * Reads an address that secrets may be sent to: `https:`, or `http:` on this machine's own loopback. `undefined`: it is
 * no URL, is any other, or carries a user name.
 *
 * @see [RFC 8252 section 8.3](https://www.rfc-editor.org/rfc/rfc8252#section-8.3)
 */
export function secureUrl(text: string): URL | undefined {
  const url = URL.parse(text);
  if (url?.username !== "" || url.password !== "") return undefined;
  return url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url)) ? url : undefined;
}

/** Whether a URL names this machine itself: `127.0.0.0/8`, `[::1]` or `localhost`. */
export function isLoopback({ hostname }: URL): boolean {
  // A URL's host is normalised: 0x7f.1 has become 127.0.0.1 by now, and a name never looks like an address.
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
