import type { AuthError } from "@org/auth-core";
import { retryAfterMs } from "./retry-after.ts";
import { failure, serverError, type Task } from "./translate-error.ts";

/**
 * Reads the JSON object a server answered with, by its own properties only.
 *
 * Rejects with {@link ServerError} for an OAuth error, also where it comes with the status of success, and for any other
 * status; with {@link AuthError} `bad_response` when it is no JSON. Nothing of the body gets into an error but `error`
 * and `error_description`.
 */
export async function jsonAnswer(
  response: Response,
  task: Task,
  success: 200 | 201 = 200,
): Promise<ReadonlyMap<string, unknown>> {
  const { status } = response;
  const json = await jsonOf(response);
  const fields = fieldsOf(json);

  const wait = retryAfterMs(response.headers);
  const error = fields?.get("error");
  if (error !== undefined && (status !== success || !fields?.has("access_token"))) {
    throw serverError(task, { status, error, description: fields?.get("error_description"), retryAfterMs: wait });
  }
  if (status !== success) throw serverError(task, { status, retryAfterMs: wait });
  if (fields !== undefined) return fields;
  throw json === undefined ? noJson(response, task) : failure(task, "bad_response", "the answer is not a JSON object");
}

/** The JSON in an answer. `undefined`: it says that it is something else, or is broken. */
export async function jsonOf(response: Response): Promise<unknown> {
  if (!/^application\/([^/]+\+)?json$/.test(response.headers.get("content-type") ?? "")) return undefined;
  try {
    return JSON.parse(await response.text());
  } catch {
    return undefined; // The parser's message quotes the text, which may hold a token.
  }
}

/** The own properties of a JSON object. `undefined`: it is none. */
export function fieldsOf(json: unknown): ReadonlyMap<string, unknown> | undefined {
  const isObject = typeof json === "object" && json !== null && !Array.isArray(json);
  return isObject ? new Map(Object.entries(json)) : undefined;
}

/** The {@link AuthError} for an answer that is no JSON. */
export function noJson({ url, headers }: Response, task: Task): AuthError {
  // A hotel's or an airport's network sends its own page, whatever is asked.
  const isPage = headers.get("content-type") === "text/html";
  const why = isPage
    ? `got a web page from ${new URL(url).host}; captive portal or wrong URL?`
    : "the answer is not JSON";
  return failure(task, "bad_response", why);
}
