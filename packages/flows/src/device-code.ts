import {
  AuthError,
  type AuthorizationServer,
  isAuthError,
  printable,
  ServerError,
  tokenSet,
  type TokenSet,
} from "@org/auth-core";
import { deviceCodeGrantRequest } from "oauth4webapi";
import type { ClientIdentity } from "./client-auth.ts";
import { sleep as realSleep } from "./deadline.ts";
import { startDeviceLogin, type DeviceAuthorization, type StartDeviceLoginOptions } from "./device-authorization.ts";
import type { HttpOptions } from "./http.ts";
import { asksForIdToken, requestTokens } from "./token-request.ts";
import { failure, type Task } from "./translate-error.ts";

/** A device login that waits for its person: a {@link DeviceAuthorization}, or core's `PendingLogin` from a store. */
export type WaitingDeviceLogin = Pick<DeviceAuthorization, "deviceCode" | "expiresAtMs" | "intervalMs" | "scopes">;

/** What one question gave. */
export type DevicePoll =
  | { readonly kind: "approved"; readonly tokens: TokenSet }
  /** `intervalMs`: how long to wait now. It is longer than before when the server asked to slow down, and stays so. */
  | { readonly kind: "pending"; readonly intervalMs: number };

export interface WaitForDeviceLoginOptions {
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
  { http = {}, sleep = realSleep }: WaitForDeviceLoginOptions,
): Promise<TokenSet> {
  const { signal } = http;
  const leftMs = (): number => endMs - performance.now();
  let { intervalMs } = login;

  // When the next question would come too late there is nothing left to wait for.
  while (leftMs() > intervalMs) {
    await sleep(intervalMs, signal);
    if (leftMs() <= 0) break;
    try {
      const poll = await pollDeviceLogin(
        server,
        client,
        { ...login, deviceCode: login.deviceCode, intervalMs },
        { http },
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
  { http = {} }: { readonly http?: HttpOptions | undefined } = {},
): Promise<DevicePoll> {
  const { scopes, intervalMs } = login;
  const task: Task = { doing: "waiting for the device login", issuer: server.issuer };
  try {
    const answer = await requestTokens({
      task,
      server,
      client,
      http,
      idToken: asksForIdToken(server, scopes) ? "required" : "dropped",
      send: (metadata, wireClient, authentication, options) =>
        deviceCodeGrantRequest(metadata, wireClient, authentication, login.deviceCode, options),
    });
    const { accessToken, refreshToken, obtainedAtMs, expiresAtMs, account } = answer;
    const tokens = tokenSet({
      server,
      clientId: client.clientId,
      accessToken,
      refreshToken,
      obtainedAtMs,
      expiresAtMs,
      scopes: answer.scopes ?? scopes,
      account,
      generation: 0,
    });
    return { kind: "approved", tokens };
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
