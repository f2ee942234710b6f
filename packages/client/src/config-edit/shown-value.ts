/**
 * What is shown of a site's field, by its path in the file: addresses without user name, password and secret parameters
 * (`https://***@host`, `?token=***`), and no parameter of `authorization_parameters` that is one by its name. What has
 * no secret in it is given back as it is.
 */
export function shownValue(value: unknown, path: readonly string[] = []): unknown {
  if (typeof value === "string") return shownText(value, path);
  if (Array.isArray(value)) return value.map((item) => shownValue(item, path));
  if (typeof value !== "object" || value === null || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([name, below]) => [name, shownValue(below, [...path, name])]));
}

function shownText(text: string, [field, name]: readonly string[]): string {
  if (field === "authorization_parameters" && name !== undefined && isSecret(name)) return "***";
  const shown = withoutSecretParameters(text);
  // Of a proxy many write no more than host and port; elsewhere `ana@example.com` is no address of a server.
  const short = URL.parse(`http://${text}`);
  const hasUser = (URL.parse(text)?.username ?? "") !== "" || (field === "proxy" && (short?.username ?? "") !== "");
  const hasPassword = [URL.parse(text), short].some((url) => url !== null && url.password !== "");
  return hasUser || hasPassword ? withoutUserinfo(shown) : shown;
}

/** An address that has a user name, without it: it ends at the last `@` of what is before path, query and fragment. */
function withoutUserinfo(text: string): string {
  const start = /^[a-z][a-z\d+.-]*:[\\/]+/i.exec(text)?.[0].length ?? 0;
  const [authority = ""] = text.slice(start).split(/[\\/?#]/, 1);
  const end = authority.lastIndexOf("@");
  return end === -1 ? "***" : `${text.slice(0, start)}***${text.slice(start + end)}`;
}

/** An address, or a text that has one in it, without the values of parameters that are secrets by their names. */
export function withoutSecretParameters(text: string): string {
  return text.replaceAll(/([?&#])([^=?&#]+)=[^&#]*/g, (whole, before: string, written: string) => {
    const [name = ""] = new URLSearchParams(written).keys();
    return isSecret(name) ? `${before}${written}=***` : whole;
  });
}

function isSecret(name: string): boolean {
  return /secret|passw|token|api[-_]?key|credential|assertion|signature|^(sig|code|key)$/i.test(name);
}
