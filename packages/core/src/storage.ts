/** What a store is written with, and `@org/auth-core` does without: a credential as JSON, and a seal for it. */
export { aesSeal, sealedParts, type AesSealOptions, type SealedParts } from "./aes-seal.ts";
export { authorizationServerFromJson, credentialFromJson, credentialToJson } from "./credential-json.ts";
