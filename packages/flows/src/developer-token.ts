import { accessToken, jwtExpiryMs, type AccessToken, type DeveloperToken } from "@org/auth-core";
import { apiRefusal } from "./api-answer.ts";
import { bearerRequest } from "./bearer-request.ts";
import type { HttpOptions } from "./http.ts";
import { jsonAnswer } from "./json-answer.ts";
import { settingUrl } from "./setting-url.ts";
import { endOf, optionalText } from "./token-request.ts";
import { failure } from "./translate-error.ts";

/** As the service that redeems may be slow, a request may take this long by default. */
const longTimeoutMs = 30_000;

/**
 * An access token for a developer token, with one request to the service that redeems it: a `POST` that carries the
 * developer token, answered with 200 and `access_token`. When it ends is told by `expires_in` or, in a token that is a
 * JWT, by its own `exp`. Nothing else of the answer is kept, and there is nothing to renew: redeem again.
 *
 * `timeoutMs` is 30,000 by default. Rejects with {@link AuthError}: `access_denied` when the service does not take the
 * developer token, `unsupported_by_server`, `bad_response`, `server_error`, `server_unavailable`, `network`, `timeout`,
 * `insecure_endpoint`, `config_invalid`.
 */
export async function redeemDeveloperToken(
  { url: address, developerToken }: Pick<DeveloperToken, "developerToken" | "url">,
  http: HttpOptions = {},
): Promise<AccessToken> {
  const { now = Date.now, timeoutMs = longTimeoutMs } = http;
  const url = settingUrl(address, "address where developer tokens are redeemed");
  const task = { doing: "redeeming the developer token", issuer: url.origin, deniedHint };

  const obtainedAtMs = now();
  const request = { method: "POST", token: { value: developerToken } } as const;
  const response = await bearerRequest(task, url, request, { ...http, timeoutMs });
  if (response.status !== 200) throw await apiRefusal(response, task);
  const fields = await jsonAnswer(response, task);
  const value = optionalText(fields, "access_token", /^[\x21-\x7e]*$/, 64 * 1024, task);
  if (value === undefined) throw failure(task, "bad_response", "the answer has no access_token");

  // One that is over when it comes says only that the clocks differ.
  const hintMs = jwtExpiryMs(value) ?? 0;
  const expiresAtMs = endOf(fields, obtainedAtMs) ?? (hintMs > obtainedAtMs ? hintMs : undefined);
  return accessToken({ value, obtainedAtMs, expiresAtMs });
}

const deniedHint = "get a new developer token, and put it where the old one is";
