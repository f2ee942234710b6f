import { AuthError, isAuthError, printable } from "@org/auth-core";
import { isHTTPError, isKyError, isNetworkError, isTimeoutError, SchemaValidationError } from "ky";
import { apiErrorOf, type ApiAnswer } from "./api-error.ts";
import { shownUrl } from "./shown-url.ts";

/** What there is to say of an answer that is no success, besides what it says itself. */
export type AnswerFacts = Pick<ApiAnswer, "loginCommand" | "url">;

/**
 * What ky rejected with, as an error of ours: its own hold and print requests, addresses and options. What is not ky's
 * comes out as it is: the reason of an abort, and what a caller's hook or schema threw.
 */
export async function clientError(
  error: Error,
  method: string,
  url: URL,
  facts: WeakMap<Response, AnswerFacts>,
): Promise<Error> {
  // A signal's own `TimeoutError` counts as ky's by its name alone.
  if (isAuthError(error) || !isKyError(error) || error instanceof DOMException) return error;
  if (isHTTPError(error)) {
    const { response, data } = error;
    return apiErrorOf({ url, method, response, data, ...facts.get(response) });
  }
  if (isTimeoutError(error)) return new AuthError("timeout", `${url.host} did not answer in time`);
  if (isNetworkError(error)) {
    const { fetchFailure } = await import("@org/auth-flows");
    return fetchFailure(error.cause, url.host);
  }
  return new AuthError(
    "server_error",
    `${method} ${shownUrl(url)} was sent as often as it may be, and no answer would do`,
  );
}

/** What `json(schema)` rejected with: where the answer is not what the schema says, and nothing of what is there. */
export function schemaError(error: unknown): unknown {
  if (!(error instanceof SchemaValidationError)) return error;
  const places = error.issues.map(({ path = [] }) =>
    path.map((part) => String(typeof part === "object" ? part.key : part)).join("."),
  );
  const shown = places.slice(0, 5).map((place) => `"${printable(place, 60)}"`);
  return new AuthError("bad_response", `the API's answer is not as the schema says, at ${shown.join(", ")}`);
}
