/** The host of an answer's address. One that was made here has none. */
export function hostOf(url: string): string {
  return URL.parse(url)?.host ?? "the API";
}
