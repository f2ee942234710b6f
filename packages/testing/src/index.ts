export { memoryStore } from "@org/auth-core";
export { startApiKeys, type ApiKeys, type ApiKeysOptions } from "./api-keys.ts";
export { assertNoSecrets } from "./assert-no-secrets.ts";
export { assertOneRenewal } from "./assert-one-renewal.ts";
export type { AuthServerFault } from "./auth-server-fault.ts";
export type { AuthServerOptions } from "./auth-server-options.ts";
export { startAuthServer, type AuthServer, type AuthServerPerson } from "./auth-server.ts";
export type { BadIdToken } from "./bad-id-token.ts";
export { fakeClock, type FakeClock } from "./fake-clock.ts";
export { fakeTokenSource, type FakeTokenSource, type FakeTokenSourceOptions } from "./fake-token-source.ts";
export { findSecrets, type FoundSecret } from "./find-secrets.ts";
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
export {
  startProtectedApi,
  type ProtectedApi,
  type ProtectedApiOptions,
  type RequiredSignIn,
} from "./protected-api.ts";
export type { RecordedRequest } from "./recorded-request.ts";
export { startRecordingServer, type RecordingServer } from "./recording-server.ts";
export type { RegisteredClient } from "./registered-client.ts";
export type { RequestFault } from "./request-fault.ts";
export type { WholeAnswer } from "./whole-answer.ts";
