export type { ListedApiKey } from "./api-key-answer.ts";
export {
  createApiKey,
  listApiKeys,
  revokeApiKey,
  type ApiKeyOptions,
  type ApiKeySite,
  type CreateApiKeyOptions,
} from "./api-keys.ts";
export { authorizationCode, type AuthorizationCodeOptions, type Redirect } from "./authorization-code.ts";
export type { ClientIdentity } from "./client-auth.ts";
export { clientCredentials, type ClientCredentialsOptions } from "./client-credentials.ts";
export { startDeviceLogin, type DeviceAuthorization, type StartDeviceLoginOptions } from "./device-authorization.ts";
export { defaultPage } from "./default-page.ts";
export { redeemDeveloperToken } from "./developer-token.ts";
export {
  deviceCode,
  pollDeviceLogin,
  waitForDeviceLogin,
  type DeviceCodeOptions,
  type DevicePoll,
  type WaitForDeviceLoginOptions,
  type WaitingDeviceLogin,
} from "./device-code.ts";
export { fetchFailure } from "./fetch-failure.ts";
export type { HttpOptions } from "./http.ts";
export {
  mountedIdentityToken,
  requestedIdentityToken,
  type GetIdentityToken,
  type IdentityTokenRequest,
  type MountedIdentityTokenOptions,
} from "./identity-token.ts";
export { jwtBearer, type JwtBearerOptions } from "./jwt-bearer.ts";
export { passwordGrant, type PasswordGrantOptions } from "./password-grant.ts";
export type { LandingContext, LandingOutcome, LandingPage, SignedIn, SignInFailed } from "./landing-page.ts";
export { redirectTo, type RedirectTargets } from "./redirect-to.ts";
export { refresh } from "./refresh.ts";
export { revoke, type RevokeOptions } from "./revoke.ts";
export { authorizationServer } from "./server.ts";
export { exchangeToken, type ExchangeTokenOptions } from "./token-exchange.ts";
export type { TokenTarget } from "./token-target.ts";
export { userinfo, type Userinfo } from "./userinfo.ts";
export { twoStage, type TwoStageOptions } from "./two-stage.ts";
