import { printable } from "@org/auth-core";

/** What messages show of an address: no query, which may hold a secret, and no more of the path than a line takes. */
export function shownUrl({ origin, pathname }: URL): string {
  return origin + printable(pathname, 200);
}
