import { retryAfterMs } from "./retry-after.ts";
import { failure, serverError, type Task } from "./translate-error.ts";

/**
 * Reads the JSON object a server answered with, by its own properties only.
 *
 * Rejects with {@link ServerError} for an OAuth error, also where it comes with status 200, and for any other status
 * than 200; with {@link AuthError} `bad_response` when it is no JSON. Nothing of the body gets into an error but `error`
 * and `error_description`.
 */
export async function jsonAnswer(response: Response, task: Task): Promise<ReadonlyMap<string, unknown>> {
  const { status } = response;
  const isJson = /^application\/([^/]+\+)?json$/.test(response.headers.get("content-type") ?? "");
  const fields = isJson ? parseObject(await response.text()) : undefined;

  const wait = retryAfterMs(response.headers);
  const error = fields?.get("error");
  if (error !== undefined && (status !== 200 || !fields?.has("access_token"))) {
    throw serverError(task, { status, error, description: fields?.get("error_description"), retryAfterMs: wait });
  }
  if (status !== 200) throw serverError(task, { status, retryAfterMs: wait });
  if (fields !== undefined) return fields;
  const why = isJson
    ? "the answer is not a JSON object"
    : "the answer is not JSON; is the address right, and no sign-in page of a network in between?";
  throw failure(task, "bad_response", why);
}

function parseObject(text: string): ReadonlyMap<string, unknown> | undefined {
  try {
    const json: unknown = JSON.parse(text);
    const isObject = typeof json === "object" && json !== null && !Array.isArray(json);
    return isObject ? new Map(Object.entries(json)) : undefined;
  } catch {
    return undefined; // The parser's message quotes the text, which may hold a token.
  }
}
