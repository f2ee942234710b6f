export { abortable } from "./abortable.ts";
export { accessToken, type AccessToken } from "./access-token.ts";
export type { AuthorizationServer } from "./authorization-server.ts";
export { describeClockSkew } from "./clock-skew.ts";
export { formatKey, parseKey, type CredentialKey } from "./credential-key.ts";
export type { CredentialProvider, FoundCredential } from "./credential-provider.ts";
export type { Change, CredentialStore } from "./credential-store.ts";
export {
  accessTokenOf,
  apiKey,
  changedTokenSet,
  clientSecret,
  pendingLogin,
  tokenSet,
  type Account,
  type ApiKey,
  type ApiTarget,
  type ClientSecret,
  type Credential,
  type Ended,
  type Kept,
  type PendingLogin,
  type TokenSet,
} from "./credential.ts";
export type { ProofRequest, SignProof } from "./dpop-proof.ts";
export { errorCodes, type AuthErrorCode, type ErrorCodeFacts } from "./error-codes.ts";
export {
  AuthError,
  isAuthError,
  LoginRequiredError,
  NoCredentialError,
  PartialCredentialError,
  ServerError,
  StoreError,
  TokenExpiredError,
  withSteps,
  type AuthErrorOptions,
  type ServerErrorOptions,
} from "./errors.ts";
export type {
  AuthEvent,
  ClockSkewed,
  CredentialFound,
  OnEvent,
  RenewalEnded,
  RenewalPostponed,
  RenewalStarted,
  ScopesNarrowed,
  SignedIn,
  TokenRefused,
  TokenWithheld,
} from "./events.ts";
export { explain, type Explanation } from "./explain.ts";
export { findFirst } from "./find-first.ts";
export { firstMatch } from "./first-match.ts";
export { fixed } from "./fixed.ts";
export { drawMarginMs, earlyMs, freshUntilMs, type FreshnessOptions } from "./freshness.ts";
export {
  developerToken,
  password,
  privateKey,
  refreshToken,
  staticToken,
  type Anonymous,
  type DeveloperToken,
  type GivenCredential,
  type Password,
  type PrivateKey,
  type RefreshToken,
  type StaticToken,
  type WorkloadIdentity,
} from "./given-credential.ts";
export { isError } from "./is-error.ts";
export { jwtClaims, jwtExpiryMs } from "./jwt-claims.ts";
export { memoryStore } from "./memory-store.ts";
export { memoryMutex, type Mutex } from "./mutex.ts";
export { printable } from "./printable.ts";
export type { Provenance } from "./provenance.ts";
export { redacted } from "./redacted.ts";
export { reuse, type ReuseOptions } from "./reuse.ts";
export type { Seal } from "./seal.ts";
export { isLoopback, secureUrl } from "./secure-url.ts";
export { shellQuoted } from "./shell-quoted.ts";
export type { Step } from "./step.ts";
export { stored, type Renew, type StoredOptions } from "./stored.ts";
export { tell } from "./tell.ts";
export type { GetTokenOptions, TokenSource } from "./token-source.ts";
export type { Json, JsonObject } from "./unknown-fields.ts";
