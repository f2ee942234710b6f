import {
  AuthError,
  type AuthorizationServer,
  isAuthError,
  printable,
  ServerError,
  type TokenSet,
} from "@org/auth-core";
import { deviceCodeGrantRequest } from "oauth4webapi";
import type { ClientIdentity } from "./client-auth.ts";
import { sleep as realSleep } from "./deadline.ts";
import { startDeviceLogin, type DeviceAuthorization, type StartDeviceLoginOptions } from "./device-authorization.ts";
import type { HttpOptions } from "./http.ts";
import { newTokenSet } from "./new-token-set.ts";
import { newProofKey, type ProofKey } from "./proof-key.ts";
import { asksForIdToken, requestTokens } from "./token-request.ts";
import { targetParameters, type TokenTarget } from "./token-target.ts";
import { failure, type Task } from "./translate-error.ts";

/** A device login that waits for its person: a {@link DeviceAuthorization}, or core's `PendingLogin` from a store. */
export type WaitingDeviceLogin = Pick<
  DeviceAuthorization,
  "audiences" | "deviceCode" | "expiresAtMs" | "intervalMs" | "resources" | "scopes"
>;

/** What one question gave. */
export type DevicePoll =
  | { readonly kind: "approved"; readonly tokens: TokenSet }
  /** `intervalMs`: how long to wait now. It is longer than before when the server asked to slow down, and stays so. */
  | { readonly kind: "pending"; readonly intervalMs: number };

export interface WaitForDeviceLoginOptions extends Pick<TokenTarget, "dpop"> {
  readonly http?: HttpOptions | undefined;
  /** How to wait. Default: a timer. */
  readonly sleep?: ((ms: number, signal?: AbortSignal) => Promise<void>) | undefined;
}

export interface DeviceCodeOptions extends StartDeviceLoginOptions, WaitForDeviceLoginOptions {
  /** Shows the person where to go and what to type, before anything is waited for. What it throws ends the login. */
  show(authorization: DeviceAuthorization): Promise<void> | void;
}

/**
 * Signs a person in on another device: gets a code, shows it and waits until it is approved.
 *
 * Rejects as {@link startDeviceLogin} and {@link waitForDeviceLogin} do. `http.signal` ends it at any time.
 *
 * @see [RFC 8628](https://www.rfc-editor.org/rfc/rfc8628)
 */
export async function deviceCode(
  server: AuthorizationServer,
  client: ClientIdentity,
  options: DeviceCodeOptions,
): Promise<TokenSet> {
  const authorization = await startDeviceLogin(server, client, options);
  const endMs = endOf(authorization, options);
  await options.show(authorization);
  return await waitUntil(endMs, server, client, authorization, options);
}

/**
 * Asks again and again until the person has approved the login.
 *
 * Waits the interval before each question and five seconds more for good each time the server says `slow_down`. While
 * the server cannot be reached it goes on, ever more slowly. Rejects with {@link AuthError}: `device_code_expired`,
 * `access_denied`, `bad_id_token`, and what else the server says.
 *
 * @see [RFC 8628 section 3.5](https://www.rfc-editor.org/rfc/rfc8628#section-3.5)
 */
export async function waitForDeviceLogin(
  server: AuthorizationServer,
  client: ClientIdentity,
  login: WaitingDeviceLogin,
  options: WaitForDeviceLoginOptions = {},
): Promise<TokenSet> {
  return await waitUntil(endOf(login, options), server, client, login, options);
}

/** When a code ends, by the monotonic clock: one that jumps must not end the login, nor keep it alive. */
function endOf(
  { expiresAtMs }: WaitingDeviceLogin,
  { http: { now = Date.now } = {} }: WaitForDeviceLoginOptions,
): number {
  return performance.now() + (expiresAtMs - now());
}

async function waitUntil(
  endMs: number,
  server: AuthorizationServer,
  client: ClientIdentity,
  login: WaitingDeviceLogin,
  { dpop, http = {}, sleep = realSleep }: WaitForDeviceLoginOptions,
): Promise<TokenSet> {
  const proofKey = await newProofKey(server, { dpop }, http);
  const { signal } = http;
  const leftMs = (): number => endMs - performance.now();
  let { intervalMs } = login;

  // When the next question would come too late there is nothing left to wait for.
  while (leftMs() > intervalMs) {
    await sleep(intervalMs, signal);
    if (leftMs() <= 0) break;
    try {
      const poll = await pollOnce(
        server,
        client,
        { ...login, deviceCode: login.deviceCode, intervalMs },
        http,
        proofKey,
      );
      if (poll.kind === "approved") return poll.tokens;
      intervalMs = poll.intervalMs;
    } catch (error) {
      if (!isAuthError(error) || !error.retryable) throw error;
      intervalMs = Math.max(intervalMs, Math.min(intervalMs * 2, slowestDoublingMs));
    }
  }
  throw new AuthError("device_code_expired", `nobody approved the login at ${printable(server.issuer)} in time`);
}

/**
 * Asks once whether the person has approved the login. Whoever asks again waits `intervalMs` first.
 *
 * Rejects with {@link AuthError}: `device_code_expired`, `access_denied`, `bad_id_token`, what else the server says, and
 * `network`, `timeout` or `server_unavailable`, after which the login still waits.
 *
 * @see [RFC 8628 section 3.4](https://www.rfc-editor.org/rfc/rfc8628#section-3.4)
 */
export async function pollDeviceLogin(
  server: AuthorizationServer,
  client: ClientIdentity,
  login: WaitingDeviceLogin,
  { dpop, http = {} }: Omit<WaitForDeviceLoginOptions, "sleep"> = {},
): Promise<DevicePoll> {
  return await pollOnce(server, client, login, http, await newProofKey(server, { dpop }, http));
}

async function pollOnce(
  server: AuthorizationServer,
  client: ClientIdentity,
  login: WaitingDeviceLogin,
  http: HttpOptions,
  proofKey: ProofKey | undefined,
): Promise<DevicePoll> {
  const { scopes, resources, audiences, intervalMs } = login;
  const task: Task = { doing: "waiting for the device login", issuer: server.issuer };
  try {
    const answer = await requestTokens({
      task,
      server,
      client,
      http,
      idToken: asksForIdToken(server, scopes) ? "required" : "dropped",
      proofKey,
      send: (metadata, wireClient, authentication, options) =>
        deviceCodeGrantRequest(metadata, wireClient, authentication, login.deviceCode, {
          additionalParameters: targetParameters({ resources, audiences }),
          ...options,
        }),
    });
    return { kind: "approved", tokens: newTokenSet(answer, server, client, login, proofKey) };
  } catch (error) {
    if (!(error instanceof ServerError)) throw error;
    if (error.error === "slow_down") return { kind: "pending", intervalMs: intervalMs + slowDownMs };
    if (error.code === "login_pending") return { kind: "pending", intervalMs };
    // The server has forgotten the code, or has seen it used.
    if (error.code === "invalid_grant")
      throw failure(task, "device_code_expired", "the code is no longer valid", error);
    throw error;
  }
}

const slowDownMs = 5000; // RFC 8628 section 3.5.
const slowestDoublingMs = 60_000;
