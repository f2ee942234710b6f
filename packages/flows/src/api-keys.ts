import type { AccessToken, Account, ApiKey, ApiTarget } from "@org/auth-core";
import { apiAnswer, apiRefusal, type ApiTask } from "./api-answer.ts";
import { isKeyId, readApiKey, readApiKeys, type ListedApiKey } from "./api-key-answer.ts";
import { bearerRequest, type BearerRequest } from "./bearer-request.ts";
import type { HttpOptions } from "./http.ts";
import { settingUrl } from "./setting-url.ts";

/** Where an API makes keys. */
export interface ApiKeySite {
  /** Where keys are made, listed and revoked. They are tried in order: one that is not there (404, 405) leads to the next. */
  readonly apiKeysUrls: readonly string[];
  /** Where a key that is made may go. Absent: wherever the settings say. */
  readonly api?: ApiTarget | undefined;
}

export interface ApiKeyOptions {
  /** More headers for the API. They cannot replace what the request itself sends. Default: none. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly http?: HttpOptions | undefined;
}

/** What is asked of the API for a new key. What is absent is not sent, and the API decides. */
export interface CreateApiKeyOptions extends ApiKeyOptions {
  /** For people. */
  readonly name?: string | undefined;
  readonly scopes?: readonly string[] | undefined;
  readonly tags?: readonly string[] | undefined;
  /** When it is to end, in milliseconds since 1970. */
  readonly expiresAtMs?: number | undefined;
  /** Who has signed in, to be kept with the key. It is not sent. */
  readonly account?: Account | undefined;
}

/**
 * Has the API make a key for the person whose token this is, with one request to the first address that is there: a
 * `POST` of `{ name, scopes, tags, expires_at }` as JSON. Only 201 is success; the key is `api_key`, `key` or `token` in
 * the answer, its name to revoke it by is `id`, and its end `expires_at` or, in a key that is a JWT, its own `exp`.
 *
 * It is not tried again when an answer is lost: the key may have been made, and {@link listApiKeys} tells. Rejects with
 * {@link AuthError}: `access_denied`, `unsupported_by_server`, `bad_response`, `server_error`, `server_unavailable`,
 * `network`, `timeout`, `insecure_endpoint`, `config_invalid`.
 */
export async function createApiKey(
  site: ApiKeySite,
  token: AccessToken,
  { name, scopes, tags, expiresAtMs, account, headers, http = {} }: CreateApiKeyOptions = {},
): Promise<ApiKey> {
  const expiresAt = expiresAtMs === undefined ? undefined : new Date(expiresAtMs).toISOString();
  const json = { name, scopes, tags, expires_at: expiresAt };
  const { response, task } = await firstThere(
    "making an API key",
    site,
    { method: "POST", token, headers, json },
    http,
  );
  return readApiKey(await apiAnswer(response, task, 201), task, { account, api: site.api });
}

/**
 * The keys that the API has made for the person whose token this is, without the keys themselves: what one answer holds,
 * which is a list, or a list in `items` or `data`. What stands in them was written by others; show it by `printable`.
 *
 * Rejects as {@link createApiKey}.
 */
export async function listApiKeys(
  site: ApiKeySite,
  token: AccessToken,
  { headers, http = {} }: ApiKeyOptions = {},
): Promise<readonly ListedApiKey[]> {
  const { response, task } = await firstThere("listing the API keys", site, { method: "GET", token, headers }, http);
  return readApiKeys(await apiAnswer(response, task, 200), task);
}

/**
 * Ends a key for good. `false`: there is none by this id, which is also what a second time gives.
 *
 * Rejects as {@link createApiKey}.
 */
export async function revokeApiKey(
  site: ApiKeySite,
  token: AccessToken,
  keyId: string,
  { headers, http = {} }: ApiKeyOptions = {},
): Promise<boolean> {
  if (!isKeyId(keyId)) return false;
  const request = { method: "DELETE", token, headers, path: `/${encodeURIComponent(keyId)}` } as const;
  const { response, task } = await firstThere("revoking an API key", site, request, http);
  if (response.status === 404) return false;
  if (!response.ok) throw await apiRefusal(response, task);
  return true;
}

/** What the first address answered that is there; when none is, what the first of all did. */
async function firstThere(
  doing: string,
  { apiKeysUrls }: ApiKeySite,
  { path = "", ...request }: BearerRequest & { readonly path?: string },
  http: HttpOptions,
): Promise<{ readonly response: Response; readonly task: ApiTask }> {
  let first: { readonly response: Response; readonly task: ApiTask } | undefined;
  // All are looked at before anything is sent.
  for (const url of apiKeysUrls.map((address) => settingUrl(address, "address for API keys"))) {
    const task = { doing, issuer: url.origin, deniedHint };
    if (path !== "") url.pathname = url.pathname.replace(/\/?$/, path);
    const response = await bearerRequest(task, url, request, http);
    if (response.status !== 404 && response.status !== 405) return { response, task };
    first ??= { response, task };
  }
  if (first === undefined) throw new TypeError("there is no address for API keys");
  return first;
}

const deniedHint = "sign in again with the command `login`, or ask whoever runs the API whether you may make keys";
