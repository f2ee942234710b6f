export { apiAddress } from "./api-address.ts";
export { ApiError, apiErrorOf, ApiLoginRequiredError, type ApiAnswer } from "./api-error.ts";
export { asApiKeyFunction } from "./api-key-function.ts";
export { authorizedFetch, type AuthorizedFetchOptions } from "./authorized-fetch.ts";
export { asAzureCredential, type AzureCredential } from "./azure-credential.ts";
export { challengesOf, parseChallenges, type Challenge } from "./challenge.ts";
export { changeChoices, readChoices, realFolder, type Choices } from "./choices.ts";
export { configPath, findConfigFolder, readConfigFile, type ConfigFile } from "./config-file.ts";
export { changeConfig, planConfigChange, type ConfigPlan, type WrittenConfig } from "./config-edit/change-config.ts";
export { parseFieldChange } from "./config-edit/field-change.ts";
export {
  addSite,
  allowOrigin,
  modifySite,
  removeSite,
  type ConfigChange,
  type FieldChange,
  type SiteChange,
} from "./config-edit/site-changes.ts";
export { siteFields } from "./config-edit/site-fields.ts";
export { shownConfig } from "./config-edit/shown-config.ts";
export { shownValue } from "./config-edit/shown-value.ts";
export { defaultSource } from "./default-source.ts";
export { variable, type Environment } from "./environment.ts";
export { eventChannel } from "./event-channel.ts";
export { findLoginKey, isLogin } from "./find-login.ts";
export { findSite } from "./find-site.ts";
export {
  importCredentials,
  type ImportOptions,
  type ImportOutcome,
  type ImportReport,
} from "./import/import-credentials.ts";
export { otherSystem, otherSystems, type OtherSystem } from "./import/other-system.ts";
export { defaultProduct, defineProduct, type Product, type ProductSite } from "./product.ts";
export { openBrowser, type OpenBrowserOptions } from "./open-browser.ts";
export { readPreferences, type LogLevel, type Preferences } from "./preferences.ts";
export type { ExplicitCredential } from "./providers/given.ts";
export { untrustedDestinations, type RefusedDestination, type UntrustedDestination } from "./refused-destination.ts";
export type { OnStepUp } from "./replaceable-source.ts";
export { readResourceMetadata, type ReadResourceMetadataOptions, type ResourceMetadata } from "./resource-metadata.ts";
export { apiTarget, refusalOf, resolve, search, type Resolution, type ResolveOptions, type Search } from "./resolve.ts";
export { readSettings, type ExplicitSettings, type SettingName, type Settings } from "./settings.ts";
export { forgetServer, knownServer, type KnownServerOptions } from "./sign-in/known-server.ts";
export { keepSignIn, type KeepSignInOptions } from "./sign-in/keep-sign-in.ts";
export { revokeLogin, type Revocation } from "./sign-in/revoke-login.ts";
export { findExplicitWinner } from "./shadow.ts";
export {
  signInApi,
  signInByBrowser,
  signInByDevice,
  signInTarget,
  type BrowserSignInOptions,
  type DeviceSignInOptions,
} from "./sign-in/sign-in.ts";
export { StepUpRequiredError, type StepUpChallenge } from "./step-up.ts";
export { isOfStranger } from "./strangers-key.ts";
export { siteFetch } from "./site-fetch.ts";
export { siteOfLogin } from "./site-of-login.ts";
export { siteHttp, type SiteHttpOptions } from "./site-http.ts";
export { defaultScopes, type RedirectSettings, type Site, type SiteEndpoints, type WorkloadGrant } from "./site.ts";
export { clearUnreadable, endLogin, forgetLogin, keepLogin, probeStore } from "./storage/keep-login.ts";
export { moveLogin, plannedMoves, type Move } from "./storage/move-login.ts";
export { isAtTerminal, keyringWaitMs, keyringWaitWords } from "./storage/keyring-wait.ts";
export { hasStorePassphrase, openStorage, type OpenStorageOptions } from "./storage/open-storage.ts";
export { ladderStore, locate, type Rung, type Storage } from "./storage/storage.ts";
export { storeKinds, type StoreKind } from "./storage/store-kind.ts";
export { replayable } from "./stream-body.ts";
export type { Surroundings } from "./surroundings.ts";
export { transport, type TransportOptions } from "./transport.ts";
export { trust, trustFile, untrust } from "./trust.ts";
export type { Inputs } from "./variables/inputs.ts";
export { defaultSecretsFolder } from "./variables/mounted-variables.ts";
export type { VariableName } from "./variables/variable-name.ts";
export type { Variable, Variables } from "./variables/variables.ts";
