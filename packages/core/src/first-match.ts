import type { CredentialProvider } from "./credential-provider.ts";

/** A provider that asks others in order and gives what the first one has. An error of one stops the search. */
export function firstMatch(providers: readonly CredentialProvider[]): CredentialProvider {
  return {
    place: providers.map(({ place }) => place).join(", "),
    hint: providers.map(({ hint }) => hint).join("; or "),
    async find() {
      for (const provider of providers) {
        const found = await provider.find();
        if (found !== undefined) return found;
      }
      return undefined;
    },
  };
}
