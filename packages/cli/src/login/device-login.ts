import { ladderStore, type Storage } from "@org/auth-client/source";
import {
  AuthError,
  type CredentialKey,
  type CredentialStore,
  isAuthError,
  pendingLogin,
  type PendingLogin,
  printable,
  type TokenSet,
} from "@org/auth-core";
import {
  deviceCode,
  pollDeviceLogin,
  startDeviceLogin,
  waitForDeviceLogin,
  type DeviceAuthorization,
  type HttpOptions,
} from "@org/auth-flows";
import { answerJson, say, type Context } from "../context.ts";
import { formatDuration } from "../duration.ts";
import { exitCodes } from "../exit-codes.ts";
import { finishLogin } from "./finish-login.ts";
import { apiOf, httpOf, keyOf, scopesOf, type LoginRequest } from "./login-request.ts";

/** Signs in on another device, and waits for it. */
export async function deviceLogin(request: LoginRequest): Promise<TokenSet> {
  const { context, server, site, timeoutMs } = request;
  const show = (authorization: DeviceAuthorization): Promise<void> => showCode(authorization, context);
  return await withinTime(timeoutMs, context, (http) =>
    deviceCode(server, { clientId: site.clientId }, { scopes: scopesOf(request), show, http }),
  );
}

/** Begins a device login that `--resume` will end, and leaves what that needs in the store. */
export async function startDetachedLogin(request: LoginRequest): Promise<number> {
  const { context, isJson, profile, server, site, storage } = request;
  const { clientId } = site;
  const authorization = await startDeviceLogin(
    server,
    { clientId },
    { scopes: scopesOf(request), http: httpOf(request) },
  );
  const { deviceCode, expiresAtMs, intervalMs, scopes } = authorization;

  const loginId = `l_${crypto.randomUUID()}`;
  const pending = pendingLogin({
    server,
    clientId,
    profile,
    deviceCode,
    intervalMs,
    expiresAtMs,
    scopes,
    api: apiOf(request),
  });
  await ladderStore(storage).update({ ...keyOf(request), pendingLoginId: loginId }, () => pending);

  const resume = [context.product.name, "login", "--resume", loginId];
  if (isJson) {
    await answerJson(context, {
      state: "action_required",
      login_id: loginId,
      verification_uri: authorization.verificationUri,
      verification_uri_complete: authorization.verificationUriComplete,
      user_code: authorization.userCode,
      expires_at: new Date(expiresAtMs).toISOString(),
      interval: intervalMs / 1000,
      resume,
    });
  } else {
    await showCode(authorization, context);
    await say(context, `Then run: ${resume.join(" ")}`);
  }
  return exitCodes.pending.status;
}

export interface ResumeOptions {
  readonly storage: Storage;
  readonly isJson: boolean;
  /** 0: ask once. Absent: wait for as long as the code lives. */
  readonly timeoutMs: number | undefined;
  readonly context: Context;
}

/** Goes on with a login that {@link startDetachedLogin} began. */
export async function resumeDeviceLogin(loginId: string, options: ResumeOptions): Promise<number> {
  const { context, isJson, storage, timeoutMs } = options;
  const store = ladderStore(storage);
  const key = (await store.list()).find(({ pendingLoginId }) => pendingLoginId === loginId);
  const pending = key && (await store.read(key));
  if (key === undefined || pending?.kind !== "pending-login") {
    throw new AuthError("unknown_login", `no sign-in with the id ${printable(loginId, 100)} is waiting`);
  }

  const tokens = await forgetWhenOver(store, key, () => ask(key, pending, options));
  if (tokens === undefined) {
    const expires_in = Math.max(0, Math.floor((pending.expiresAtMs - context.now()) / 1000));
    if (isJson) await answerJson(context, { state: "pending", expires_in });
    else await say(context, `Still waiting to be approved; the code lives for ${String(expires_in)} s more.`);
    return exitCodes.pending.status;
  }
  const { server, clientId, profile, api } = pending;
  const site = { issuer: server.issuer, clientId, apiUrl: api?.baseUrl };
  const status = await finishLogin(tokens, { site, profile, server, storage, isJson, timeoutMs, context });
  await store.update(key, () => undefined);
  return status;
}

/** The tokens, or `undefined` while nobody has approved the login and no more time is given. */
async function ask(
  key: CredentialKey,
  pending: PendingLogin,
  { context, storage, timeoutMs }: ResumeOptions,
): Promise<TokenSet | undefined> {
  const { server, clientId, deviceCode, expiresAtMs } = pending;
  if (timeoutMs !== 0) {
    return await withinTime(timeoutMs, context, (http) =>
      waitForDeviceLogin(server, { clientId }, pending, { http }),
    ).catch((error: unknown) => {
      if (isAuthError(error) && error.code === "login_timeout") return undefined;
      throw error;
    });
  }
  if (expiresAtMs <= context.now()) throw new AuthError("device_code_expired", "nobody approved the sign-in in time");
  const poll = await pollDeviceLogin(server, { clientId }, pending, { http: httpOf({ context }) });
  if (poll.kind === "approved") return poll.tokens;
  const { intervalMs } = poll;
  if (intervalMs !== pending.intervalMs) {
    // Whoever asks next must know that the server wants to be asked less often.
    await ladderStore(storage).update(key, () => pendingLogin({ ...pending, deviceCode, intervalMs }));
  }
  return undefined;
}

async function withinTime<Result>(
  timeoutMs: number | undefined,
  context: Context,
  work: (http: HttpOptions) => Promise<Result>,
): Promise<Result> {
  const http = httpOf({ context });
  if (timeoutMs === undefined) return await work(http);
  const deadline = AbortSignal.timeout(timeoutMs);
  try {
    return await work({ ...http, signal: AbortSignal.any([context.signal, deadline]) });
  } catch (error) {
    if (error !== deadline.reason) throw error;
    throw new AuthError("login_timeout", `nobody approved the sign-in within ${formatDuration(timeoutMs)}`);
  }
}

/** A login that was refused or has run out waits no longer. */
async function forgetWhenOver<Result>(
  store: CredentialStore,
  key: CredentialKey,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    const isOver = isAuthError(error) && (error.code === "device_code_expired" || error.code === "access_denied");
    if (isOver) await store.update(key, () => undefined);
    throw error;
  }
}

async function showCode(
  { userCode, verificationUri, verificationUriComplete }: DeviceAuthorization,
  context: Context,
): Promise<void> {
  await say(context, "Only go on if you started this sign-in yourself.");
  await say(context, `  1. Open     ${verificationUri}`);
  await say(context, `  2. Confirm  ${userCode}`);
  if (verificationUriComplete !== undefined) await say(context, `  or open     ${verificationUriComplete}`);
  await say(context, "Waiting for the other device. Ctrl-C stops; nothing is changed.");
}
