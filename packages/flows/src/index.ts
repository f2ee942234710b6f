export { authorizationCode, type AuthorizationCodeOptions, type Redirect } from "./authorization-code.ts";
export type { ClientIdentity } from "./client-auth.ts";
export { clientCredentials, type ClientCredentialsOptions } from "./client-credentials.ts";
export { startDeviceLogin, type DeviceAuthorization, type StartDeviceLoginOptions } from "./device-authorization.ts";
export {
  deviceCode,
  pollDeviceLogin,
  waitForDeviceLogin,
  type DeviceCodeOptions,
  type DevicePoll,
  type WaitForDeviceLoginOptions,
  type WaitingDeviceLogin,
} from "./device-code.ts";
export type { HttpOptions } from "./http.ts";
export { refresh } from "./refresh.ts";
export { revoke, type RevokeOptions } from "./revoke.ts";
export { authorizationServer } from "./server.ts";
