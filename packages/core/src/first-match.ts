import type { CredentialProvider } from "./credential-provider.ts";
import { findFirst } from "./find-first.ts";

/** A provider that asks others in order and gives what the first one has. An error of one stops the search. */
export function firstMatch(providers: readonly CredentialProvider[]): CredentialProvider {
  return {
    place: providers.map(({ place }) => place).join(", "),
    hint: providers.map(({ hint }) => hint).join("; or "),
    find: async () => (await findFirst(providers)).found,
  };
}
