import {
  ladderStore,
  locate,
  signInApi,
  signInByDevice,
  signInTarget,
  siteOfLogin,
  type Site,
  type Storage,
} from "@org/auth-client/source";
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
  pollDeviceLogin,
  startDeviceLogin,
  waitForDeviceLogin,
  type DeviceAuthorization,
  type HttpOptions,
} from "@org/auth-flows";
import { answerJson, say, type Context } from "../context.ts";
import { exitCodes } from "../exit-codes.ts";
import { keepTokens, tellOfKept } from "./finish-login.ts";
import { httpOf, keyOf, type LoginRequest } from "./login-request.ts";
import { withinTime } from "./within-time.ts";

/** Signs in on another device, or in a browser that is opened here, and waits for it. */
export async function deviceLogin(request: LoginRequest, opensBrowser: boolean): Promise<TokenSet> {
  const { context, extraParameters, server, site, timeoutMs } = request;
  async function show(authorization: DeviceAuthorization): Promise<void> {
    await showCode(authorization, context);
    await say(context, "Waiting for the other device. Ctrl-C stops; nothing is changed.");
    const { verificationUri, verificationUriComplete = verificationUri } = authorization;
    // A page of another host is one to look at before it is opened. Whether it opens changes nothing.
    const isIssuers = new URL(verificationUriComplete).origin === new URL(site.issuer).origin;
    if (opensBrowser && isIssuers) context.openBrowser(verificationUriComplete);
  }
  return await forAsLong(timeoutMs, request, (http) => signInByDevice(site, server, { show, http, extraParameters }));
}

/** Begins a device login that `--resume` will end, and leaves what that needs in the store. */
export async function startDetachedLogin(request: LoginRequest): Promise<number> {
  const { context, extraParameters, isJson, profile, server, site, storage } = request;
  if (storage.home.kind === "memory") {
    throw new AuthError("usage", "a sign-in that is kept in memory alone cannot be resumed by another command", {
      hint: "leave out --no-wait, or give another --store",
    });
  }
  const { clientId } = site;
  const target = { ...signInTarget(site), extraParameters, http: httpOf(request) };
  const authorization = await startDeviceLogin(server, { clientId }, target);
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
    resources: site.resources,
    audiences: site.audiences,
    api: signInApi(site),
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

  const site = await siteOf(pending, context);
  const tokens = await forgetWhenOver(store, key, () => ask(key, pending, site, options));
  if (tokens === undefined) {
    const expires_in = Math.max(0, Math.floor((pending.expiresAtMs - context.now()) / 1000));
    if (isJson) await answerJson(context, { state: "pending", expires_in });
    else await say(context, `Still waiting to be approved; the code lives for ${String(expires_in)} s more.`);
    return exitCodes.pending.status;
  }
  const { server, profile } = pending;
  try {
    const request = { site, profile, server, storage: await whereBegun(storage, key), isJson, timeoutMs, context };
    return await tellOfKept(await keepTokens(tokens, request), request);
  } finally {
    // The code is used up, whatever became of the tokens.
    await store.update(key, () => undefined);
  }
}

/** Where nobody asks for a place the login is kept where it was begun: that one has been tried, and a person may have chosen it. */
async function whereBegun(storage: Storage, key: CredentialKey): Promise<Storage> {
  const kind = storage.reason === "asked" ? undefined : await locate(storage, key);
  return { ...storage, home: storage.rungs.find((rung) => rung.kind === kind) ?? storage.home };
}

/** The site as it is configured now, with the API that the login was begun for. */
async function siteOf({ server: { issuer }, clientId, api }: PendingLogin, { product, env }: Context): Promise<Site> {
  return { ...(await siteOfLogin({ issuer, clientId }, product, env)), issuer, clientId, apiUrl: api?.baseUrl };
}

/** The tokens, or `undefined` while nobody has approved the login and no more time is given. */
async function ask(
  key: CredentialKey,
  pending: PendingLogin,
  site: Site,
  { context, storage, timeoutMs }: ResumeOptions,
): Promise<TokenSet | undefined> {
  const { dpop } = site;
  const { server, clientId, deviceCode, expiresAtMs } = pending;
  if (timeoutMs !== 0) {
    return await forAsLong(timeoutMs, { context, site }, (http) =>
      waitForDeviceLogin(server, { clientId }, pending, { http, dpop }),
    ).catch((error: unknown) => {
      if (isAuthError(error) && error.code === "login_timeout") return undefined;
      throw error;
    });
  }
  if (expiresAtMs <= context.now()) throw new AuthError("device_code_expired", "nobody approved the sign-in in time");
  const poll = await pollDeviceLogin(server, { clientId }, pending, { http: httpOf({ context, site }), dpop });
  if (poll.kind === "approved") return poll.tokens;
  const { intervalMs } = poll;
  if (intervalMs !== pending.intervalMs) {
    // Whoever asks next must know that the server wants to be asked less often. A spread loses what is secret.
    const { unknownFields } = pending;
    await ladderStore(storage).update(key, () => pendingLogin({ ...pending, deviceCode, unknownFields, intervalMs }));
  }
  return undefined;
}

/** For as long as the code lives, where no time was given. */
async function forAsLong<Result>(
  timeoutMs: number | undefined,
  request: { readonly context: Context; readonly site?: Site | undefined },
  work: (http: HttpOptions) => Promise<Result>,
): Promise<Result> {
  const http = httpOf(request);
  if (timeoutMs === undefined) return await work(http);
  return await withinTime(timeoutMs, request.context, (signal) => work({ ...http, signal }));
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
}
