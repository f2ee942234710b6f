import { abortable } from "@org/auth-core";
import ky, { TimeoutError, type BeforeErrorHook, type Options as KyOptions } from "ky";
import { authorizedSender } from "./authorized-sender.ts";
import { clientOf, type Client } from "./client.ts";
import { accountOf, type ClientAccount } from "./client-account.ts";
import { clientError, type AnswerFacts } from "./client-errors.ts";
import { checkClientHeaders } from "./check-client-headers.ts";
import { checkOneCredential } from "./credential-options.ts";
import type { ClientTarget, ClientTargetOptions } from "./client-target.ts";
import { heldResolution } from "./held-resolution.ts";
import { outdatedNotice } from "./min-api-version.ts";
import type { OutgoingInit } from "./outgoing.ts";
import { asRetryOptions, ownOptions, rewrites } from "./own-options.ts";
import { parseAnswer } from "./parse-answer.ts";
import { pendingBase, resolvePending } from "./pending-base.ts";
import { tokenOrigin } from "./token-origin.ts";
import { withWholeBody } from "./whole-body.ts";
import { withProgress } from "./with-progress.ts";

export interface ClientOptions extends ClientTargetOptions {
  /**
   * The API's base URL. `users` is found below its path, `/users` below its origin, which is where tokens may go. Not
   * with `domain`. Default: that of the credential or the settings, which is looked up with the first request.
   */
  readonly baseUrl?: string | undefined;
  /** The API's domain, with or without a port, where it is at the root and `https:`. */
  readonly domain?: string | undefined;
  /** The most that `json()` and `text()` read, in bytes after decompression. Streams have no limit. Default: 100 MB. */
  readonly maxTextBytes?: number | undefined;
  /** ky's own options. Its `baseUrl` and `fetch` are this function's business. */
  readonly ky?: Omit<KyOptions, "baseUrl" | "fetch" | "prefix"> | undefined;
}

/**
 * A [ky](https://github.com/sindresorhus/ky) instance whose every request carries the right token: ky on top of
 * `authorizedFetch`, so a refused token is replaced and the request replayed beneath ky's own retries.
 *
 * Nothing is looked up, read or loaded before the first request. Requests go through the site's or the environment's
 * proxy; where both `baseUrl` and `source` are given no setting is read, and it is the environment's. They reject with
 * `AuthError`, never with ky's errors: `ApiError` for a status that is no success, a `LoginRequiredError` where a
 * credential is wanted and there is none, `StepUpRequiredError`, `timeout`, `network`, `bad_response`, and with what the
 * source rejects with. ky's own hooks see ky's own errors, and what an `init` hook sets is ky's business alone.
 *
 * Each time a request is sent its answer may take ten seconds, and its body, read whole, as many more; it is sent three
 * times at most, and between two it waits for ten seconds at most. `ky.timeout` and `ky.retry` say otherwise. What a token
 * takes to be renewed, or a person to sign in, does not count; it does for `ky.totalTimeout`, which limits all of it. A body
 * that is read as a stream may take longer. One that is sent as a stream is not tried again by ky, and not held in memory.
 *
 * Throws `TypeError` when both `baseUrl` and `domain` are there, or `source` and another credential, for an address that is
 * not `https:` (nor `http:` on the loopback), and for a header that cannot be one.
 */
export function createClient(options: ClientOptions = {}): Client {
  const { maxTextBytes = 100_000_000, onWarning } = options;
  checkOneCredential(options);
  const known = baseOf(options);
  for (const url of [...(known === undefined ? [] : [known]), ...(options.origins ?? [])]) tokenOrigin(url);
  checkClientHeaders(options);

  const find = heldResolution({ ...options, apiUrl: known });
  let opening: Promise<Opened> | undefined;
  let held: Opened | undefined;
  let isWarned = false;
  /** What there is to say of an answer that is no success, besides what it says itself. */
  const facts = new WeakMap<Response, AnswerFacts>();

  async function open(): Promise<Opened> {
    try {
      const { clientTarget } = await import("./late.ts");
      const target = await clientTarget(options, known, find);
      const opened = { ...target, send: authorizedSender(target.source, target.sender) };
      if (!target.isPassing) held = opened;
      return opened;
    } finally {
      opening = undefined;
    }
  }

  async function fetch(input: Parameters<typeof globalThis.fetch>[0], init?: OutgoingInit): Promise<Response> {
    const signal = input instanceof Request ? input.signal : undefined;
    const { baseUrl, send, apiVersion, loginCommand } = held ?? (await abortable((opening ??= open()), signal));
    const request = known === undefined ? atBase(input, baseUrl) : input;
    // By ky's own error ky knows what may be tried again.
    const late = input instanceof Request && { lateError: () => new TimeoutError(input) };
    const response = await send(request, { ...init, ...late });
    if (!response.ok) facts.set(response, { url: new URL(urlOf(request)), loginCommand });
    const notice = isWarned || apiVersion === undefined ? undefined : outdatedNotice(apiVersion, response);
    if (notice !== undefined && new URL(urlOf(request)).origin === new URL(baseUrl).origin) {
      isWarned = true;
      onWarning?.(notice);
    }
    const { onDownload, timeLimitMs } = init ?? {};
    const told = onDownload !== undefined && response.ok ? withProgress(response, onDownload) : response;
    return withWholeBody(told, { maxBytes: maxTextBytes, timeLimitMs });
  }

  const translate: BeforeErrorHook = async ({ error, request }) => {
    const url = new URL(request.url);
    const asked = (held && resolvePending(url, held.baseUrl)) ?? url;
    return await clientError(error, request.method, asked, facts);
  };

  const { ky: kyOptions = {}, source } = options;
  const { hooks } = kyOptions;
  const isRewritten = rewrites(kyOptions);
  const instance = ky.create({
    parseJson: (text, { response }) => parseAnswer(text, response),
    // Each time a request is sent it has a clock of ours.
    ...ownOptions({ timeout: 10_000, ...kyOptions }, isRewritten),
    timeout: false,
    retry: { maxRetryAfter: 10_000, ...asRetryOptions(kyOptions.retry) },
    hooks: { ...hooks, beforeError: [...(hooks?.beforeError ?? []), translate] },
    fetch,
  });
  const account = source === undefined ? accountOf(find, options) : accountBehind(source);
  return clientOf(instance, { baseUrl: known ?? pendingBase, account, isRewritten });
}

type Opened = ClientTarget & { readonly send: ReturnType<typeof authorizedSender> };

function accountBehind(source: NonNullable<ClientOptions["source"]>): () => Promise<ClientAccount> {
  let held: Promise<ClientAccount> | undefined;

  async function lookUp(): Promise<ClientAccount> {
    try {
      const { namedAccount } = await import("./late.ts");
      const account = namedAccount((await source.getAccount?.()) ?? {});
      if (account.subject === undefined) held = undefined;
      return account;
    } catch (error) {
      held = undefined;
      throw error;
    }
  }

  return async () => await (held ??= lookUp());
}

function baseOf({ baseUrl, domain }: ClientOptions): string | undefined {
  if (baseUrl !== undefined && domain !== undefined) throw new TypeError("give baseUrl or domain, not both");
  if (domain !== undefined && !/^[^\s/?#@\\]+$/.test(domain)) throw new TypeError("domain is no domain name");
  if (baseUrl !== undefined && /[?#]/.test(baseUrl)) throw new TypeError("baseUrl is without a query and a fragment");
  const base = domain === undefined ? baseUrl : `https://${domain}`;
  return base === undefined || base.endsWith("/") ? base : `${base}/`;
}

function urlOf(input: Parameters<typeof globalThis.fetch>[0]): string {
  return input instanceof Request ? input.url : String(input);
}

function atBase(
  input: Parameters<typeof globalThis.fetch>[0],
  baseUrl: string,
): Parameters<typeof globalThis.fetch>[0] {
  const url = resolvePending(new URL(urlOf(input)), baseUrl);
  if (url === undefined) return input;
  return input instanceof Request ? new Request(url, input) : url;
}
