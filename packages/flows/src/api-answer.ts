import type { AuthErrorCode, ServerError } from "@org/auth-core";
import { fieldsOf, jsonOf, noJson } from "./json-answer.ts";
import { retryAfterMs } from "./retry-after.ts";
import { serverError, type Task } from "./translate-error.ts";

/** What is asked of an API with a token that was got before. */
export interface ApiTask extends Task {
  /** What to do when the API does not take the token for this (401, 403). */
  readonly deniedHint: string;
}

/**
 * The JSON that an API answered with, when it did so with the one status that is success. Rejects as
 * {@link apiRefusal} for any other, and with {@link AuthError} `bad_response` when it is no JSON.
 */
export async function apiAnswer(response: Response, task: ApiTask, success: 200 | 201): Promise<unknown> {
  if (response.status !== success) throw await apiRefusal(response, task);
  const json = await jsonOf(response);
  if (json === undefined) throw noJson(response, task);
  return json;
}

/**
 * The error for an answer that is no success: `access_denied` (401, 403), `unsupported_by_server` (404, 405),
 * `server_unavailable` (429, 5xx), `bad_response` (2xx) or `server_error`. Nothing of its body gets in but `error` and
 * `error_description`.
 */
export async function apiRefusal(response: Response, task: ApiTask): Promise<ServerError> {
  const { status, headers } = response;
  const fields = fieldsOf(await jsonOf(response));
  return serverError(task, {
    status,
    error: fields?.get("error"),
    description: fields?.get("error_description"),
    retryAfterMs: retryAfterMs(headers),
    ...facts(status, task),
  });
}

function facts(status: number, { deniedHint }: ApiTask): { code?: AuthErrorCode; hint?: string } {
  if (status === 401 || status === 403) return { code: "access_denied", hint: deniedHint };
  if (status === 404 || status === 405) {
    return { code: "unsupported_by_server", hint: "check the address: nothing there answers to this" };
  }
  if (status < 300) return { code: "bad_response" };
  return status === 429 || status >= 500 ? {} : { code: "server_error" };
}
