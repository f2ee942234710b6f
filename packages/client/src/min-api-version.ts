import { printable } from "@org/auth-core";

/**
 * What to say to a person whose client is older than what the API still serves, by the `Min-Api-Version` of its answer.
 * `undefined`: nothing, also where one of the two is no version of numbers and dots, such as `2023.01.01`.
 */
export function outdatedNotice(ownVersion: string, { headers, url }: Response): string | undefined {
  const wanted = headers.get("min-api-version") ?? "";
  const [own, least] = [numbersOf(ownVersion), numbersOf(wanted)];
  if (own === undefined || least === undefined || !isBelow(own, least)) return undefined;
  const host = URL.parse(url)?.host ?? "the API";
  return `this client speaks version ${printable(ownVersion)} of the API, and ${host} serves ${printable(wanted)} and later: update the client`;
}

function numbersOf(version: string): readonly number[] | undefined {
  return /^\d{1,9}(\.\d{1,9}){0,9}$/.test(version) ? version.split(".").map(Number) : undefined;
}

function isBelow(own: readonly number[], least: readonly number[]): boolean {
  for (const [index, number] of least.entries()) {
    const difference = (own[index] ?? 0) - number;
    if (difference !== 0) return difference < 0;
  }
  return false;
}
