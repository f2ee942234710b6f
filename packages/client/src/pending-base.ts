const host = "pending.invalid";

/** More folders than the path of any base URL has, so that no `..` of a relative path gets lost. No API has one of them. */
const folders: readonly string[] = Array.from({ length: 16 }, (_, index) => `pending-base-${String(index)}/`);

/**
 * What paths are resolved against while nobody knows yet where the API is. No such host exists (RFC 6761), and what
 * becomes of a path there tells {@link resolvePending} what it was.
 */
export const pendingBase: string = ["https://", host, "/", ...folders].join("");

/** The address that something resolved against {@link pendingBase} has at the real base. `undefined`: it was a whole one. */
export function resolvePending(url: URL, baseUrl: string): URL | undefined {
  if (url.host !== host) return undefined;
  let rest = url.pathname.slice(1);
  let kept = 0;
  for (; kept < folders.length && rest.startsWith(folders[kept] ?? ""); kept++)
    rest = rest.slice(folders[kept]?.length);

  const resolved = new URL(baseUrl);
  let folder = kept === 0 ? "/" : resolved.pathname.replace(/[^/]*$/, "");
  for (let up = kept; up < folders.length; up++) folder = folder.replace(/[^/]+\/$/, "");
  // Not resolved as text: `//` at its beginning would name a host.
  resolved.pathname = folder + rest;
  resolved.search = url.search;
  return resolved;
}
