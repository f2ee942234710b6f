export {
  AuthError,
  isAuthError,
  LoginRequiredError,
  NoCredentialError,
  TokenExpiredError,
  type AccessToken,
  type AuthErrorCode,
  type AuthEvent,
  type TokenSource,
} from "@org/auth-core";
export { ApiError, apiErrorOf, ApiLoginRequiredError, type ApiAnswer } from "./api-error.ts";
export { asApiKeyFunction } from "./api-key-function.ts";
export { authorizedFetch, type AuthorizedFetchOptions } from "./authorized-fetch.ts";
export { asAzureCredential, type AzureCredential } from "./azure-credential.ts";
export { challengesOf, parseChallenges, type Challenge } from "./challenge.ts";
export type { ClientAccount } from "./client-account.ts";
export type { ClientHeaderOptions } from "./client-headers.ts";
export type { ClientTargetOptions } from "./client-target.ts";
export type { Client } from "./client.ts";
export { createClient, type ClientOptions } from "./create-client.ts";
export { defaultSource } from "./default-source.ts";
export { defineClient } from "./define-client.ts";
export type { Environment } from "./environment.ts";
export { eventChannel } from "./event-channel.ts";
export { defaultProduct, defineProduct, type Product, type ProductSite } from "./product.ts";
export type { ExplicitCredential } from "./providers/given.ts";
export type { OnStepUp } from "./replaceable-source.ts";
export type { ResolveOptions } from "./resolve.ts";
export { readResourceMetadata, type ReadResourceMetadataOptions, type ResourceMetadata } from "./resource-metadata.ts";
export { openSession, type BrowserWay, type DeviceWay, type Session, type SessionOptions } from "./session.ts";
export type { ExplicitSettings } from "./settings.ts";
export { defaultScopes, type RedirectSettings, type Site, type SiteEndpoints, type WorkloadGrant } from "./site.ts";
export { StepUpRequiredError, type StepUpChallenge } from "./step-up.ts";
export { replayable } from "./stream-body.ts";
export type { Surroundings } from "./surroundings.ts";
export type { VariableName } from "./variables/variable-name.ts";
