export { startApiKeys, type ApiKeys, type ApiKeysOptions, type ApiKeysRequest } from "./api-keys.ts";
export { startAuthServer, type AuthServer, type AuthServerOptions, type RecordedRequest } from "./auth-server.ts";
export {
  headlessPerson,
  type DeviceVerification,
  type HeadlessPersonOptions,
  type Person,
  type Visit,
  type VisitOptions,
} from "./headless-person.ts";
export type { ActiveToken, Introspect, Introspection } from "./introspection.ts";
export type { LoopbackServer } from "./loopback-server.ts";
export { startProtectedApi, type ApiRequest, type ProtectedApi, type ProtectedApiOptions } from "./protected-api.ts";
export { startRecordingServer, type ReceivedRequest, type RecordingServer } from "./recording-server.ts";
export type { RegisteredClient } from "./registered-client.ts";
export type { RequestFault } from "./request-fault.ts";
