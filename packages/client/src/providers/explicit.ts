import { apiKey, type CredentialProvider } from "@org/auth-core";

/** An API key that the caller brings along. */
export function explicitProvider(key: string): CredentialProvider {
  const place = "argument";
  return {
    place,
    hint: "pass apiKey",
    find: () => Promise.resolve({ credential: apiKey({ apiKey: key }), provenance: { place, name: "apiKey" } }),
  };
}
