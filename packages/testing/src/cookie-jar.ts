/** The cookies of one visit: as much of RFC 6265 as origins that name no domain need. */
export interface CookieJar {
  /** Keeps and drops what the `Set-Cookie` lines of an answer from `url` say. */
  keep(url: URL, setCookieLines: readonly string[]): void;
  /** The `Cookie` header for a request to `url`. Empty: none. */
  header(url: URL): string;
}

/** Makes an empty {@link CookieJar}. Unlike a browser's it keeps ports apart: servers in one process must not meet. */
export function cookieJar(): CookieJar {
  const cookies = new Map<string, Cookie>();

  return {
    keep(url, setCookieLines) {
      for (const line of setCookieLines) {
        const { isExpired, ...cookie } = parse(url, line);
        const id = `${cookie.origin} ${cookie.path} ${cookie.name}`;
        if (isExpired) cookies.delete(id);
        else cookies.set(id, cookie);
      }
    },
    header: (url) =>
      [...cookies.values()]
        .filter(({ origin, path }) => origin === url.origin && isWithin(path, url.pathname))
        .map(({ name, value }) => `${name}=${value}`)
        .join("; "),
  };
}

interface Cookie {
  readonly origin: string;
  readonly path: string;
  readonly name: string;
  readonly value: string;
}

function parse(url: URL, line: string): Cookie & { readonly isExpired: boolean } {
  const [pair = "", ...rest] = line.split(";").map((part) => part.trim());
  const attributes = new Map(rest.map(split).map(([name, value]) => [name.toLowerCase(), value]));
  const [name, value] = split(pair);
  const expires = Date.parse(attributes.get("expires") ?? "");
  return {
    origin: url.origin,
    path: attributes.get("path") ?? "/",
    name,
    value,
    isExpired: attributes.get("max-age") === "0" || expires <= Date.now(),
  };
}

function split(pair: string): [name: string, value: string] {
  const at = pair.indexOf("=");
  return at === -1 ? [pair, ""] : [pair.slice(0, at), pair.slice(at + 1)];
}

/** RFC 6265 section 5.1.4. */
function isWithin(cookiePath: string, path: string): boolean {
  return path === cookiePath || path.startsWith(cookiePath.endsWith("/") ? cookiePath : `${cookiePath}/`);
}
