/** What may be shown of an address that is not to be used: its origin, in ASCII. The rest of it may hold a password. */
export function shownOrigin(text: string): string {
  const origin = URL.parse(text)?.origin ?? "null";
  return origin === "null" ? "no address at all" : origin;
}
