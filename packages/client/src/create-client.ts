import { abortable } from "@org/auth-core";
import ky, { type BeforeErrorHook, type InitHook, type Options as KyOptions } from "ky";
import { boundedText } from "./bounded-text.ts";
import { clientOf, type Client } from "./client.ts";
import { accountOf } from "./client-account.ts";
import { clientError, parseAnswer, type AnswerFacts } from "./client-errors.ts";
import { checkClientHeaders } from "./client-headers.ts";
import { clientTarget, type ClientTarget, type ClientTargetOptions } from "./client-target.ts";
import { heldResolution } from "./held-resolution.ts";
import { outdatedNotice } from "./min-api-version.ts";
import type { OutgoingInit } from "./outgoing.ts";
import { pendingBase, resolvePending } from "./pending-base.ts";
import { isStream } from "./stream-body.ts";
import { tokenOrigin } from "./token-origin.ts";

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
 * proxy, and reject with `AuthError`, never with ky's errors: `ApiError` for a status that is no success, a
 * `LoginRequiredError` where a credential is wanted and there is none, `StepUpRequiredError`, `timeout`, `network`,
 * `bad_response`, and with what the source rejects with. ky's own hooks see ky's own errors.
 *
 * A request takes ten seconds at most each time it is sent, and 30 with all retries, unless `ky` says otherwise; a body
 * that is read as a stream may take longer. One whose body is a stream is not tried again by ky, and not held in memory.
 *
 * Throws `TypeError` when both `baseUrl` and `domain` are there, for an address that is not `https:` (nor `http:` on the
 * loopback), and for a header that cannot be one.
 */
export function createClient(options: ClientOptions = {}): Client {
  const { maxTextBytes = 100_000_000, onWarning } = options;
  const known = baseOf(options);
  for (const url of [...(known === undefined ? [] : [known]), ...(options.origins ?? [])]) tokenOrigin(url);
  checkClientHeaders(options);

  const find = heldResolution({ ...options, apiUrl: known });
  let opening: Promise<ClientTarget> | undefined;
  let held: ClientTarget | undefined;
  let isWarned = false;
  const others = new WeakMap<Response, "anonymous" | "foreign">();
  /** What there is to say of an answer that is no success, besides what it says itself. */
  const facts = new WeakMap<Response, AnswerFacts>();

  async function open(): Promise<ClientTarget> {
    try {
      const target = await clientTarget(options, known, find, (response, kind) => others.set(response, kind));
      if (!target.isPassing) held = target;
      return target;
    } finally {
      opening = undefined;
    }
  }

  async function fetch(input: Parameters<typeof globalThis.fetch>[0], init?: OutgoingInit): Promise<Response> {
    const signal = input instanceof Request ? input.signal : undefined;
    const { baseUrl, send, apiVersion, loginCommand } = held ?? (await abortable((opening ??= open()), signal));
    const request = known === undefined ? atBase(input, baseUrl) : input;
    const response = await send(request, init);
    const kind = others.get(response);
    if (!response.ok) {
      facts.set(response, { url: new URL(urlOf(request)), isAnonymous: kind === "anonymous", loginCommand });
    }
    if (!isWarned && apiVersion !== undefined && kind !== "foreign") {
      const notice = outdatedNotice(apiVersion, response);
      isWarned = notice !== undefined;
      if (notice !== undefined) onWarning?.(notice);
    }
    return Object.assign(response, { text: () => boundedText(response, maxTextBytes) });
  }

  const translate: BeforeErrorHook = async ({ error, request }) => {
    const url = new URL(request.url);
    const asked = (held && resolvePending(url, held.baseUrl)) ?? url;
    return await clientError(error, request.method, asked, facts);
  };

  const { hooks, retry, ...kyOptions } = options.ky ?? {};
  const instance = ky.create({
    totalTimeout: 30_000,
    parseJson: (text, { response }) => parseAnswer(text, response),
    ...kyOptions,
    retry: { maxRetryAfter: 10_000, ...asRetryOptions(retry) },
    hooks: {
      ...hooks,
      init: [...(hooks?.init ?? []), leaveStreams],
      beforeError: [...(hooks?.beforeError ?? []), translate],
    },
    baseUrl: known ?? pendingBase,
    fetch,
  });
  const account = options.source === undefined ? accountOf(find, options) : async () => Promise.resolve({});
  return clientOf(instance, account);
}

/** ky would hold all of a stream in memory, to send it once more. */
const leaveStreams: InitHook = (options) => {
  if (isStream(options.body)) Object.assign(options, { retry: 0, streamBody: options.body });
};

function baseOf({ baseUrl, domain }: ClientOptions): string | undefined {
  if (baseUrl !== undefined && domain !== undefined) throw new TypeError("give baseUrl or domain, not both");
  if (domain !== undefined && !/^[^\s/?#@\\]+$/.test(domain)) throw new TypeError("domain is no domain name");
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

function asRetryOptions(retry: KyOptions["retry"]): Exclude<KyOptions["retry"], number | undefined> {
  return typeof retry === "number" ? { limit: retry } : (retry ?? {});
}
