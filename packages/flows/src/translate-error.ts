import { AuthError, type AuthErrorCode, isAuthError, printable, ServerError } from "@org/auth-core";
import * as oauth from "oauth4webapi";
import { cleanError, fetchFailure } from "./fetch-failure.ts";

/** What is being done and where, for error messages. */
export interface Task {
  /** Such as `renewing the token`. */
  readonly doing: string;
  readonly issuer: string;
  /** What to do when the server does not accept what was sent (`invalid_grant`). Default: that of the error's code. */
  readonly grantHint?: string | undefined;
}

interface ServerErrorFacts {
  /** Absent: it came back through the browser. */
  readonly status?: number | undefined;
  readonly error?: unknown;
  readonly description?: unknown;
  /** Absent: it did not say. */
  readonly retryAfterMs?: number | undefined;
  /** Default: by the OAuth error and the status. */
  readonly code?: AuthErrorCode | undefined;
  /** What to do next. Default: the code's own. */
  readonly hint?: string | undefined;
}

/** An {@link AuthError} that says what was being done, where and why it failed. */
export function failure({ doing, issuer }: Task, code: AuthErrorCode, why: string, cause?: Error): AuthError {
  return new AuthError(code, `${doing} at ${printable(issuer)} failed: ${why}`, { cause });
}

/** The {@link ServerError} for an OAuth error, or for a status alone. All of it may have been written by an enemy. */
export function serverError(task: Task, facts: ServerErrorFacts): ServerError {
  const { status, error, description, retryAfterMs } = facts;
  const name = typeof error === "string" && /^[a-z_]{1,64}$/.test(error) ? error : undefined;
  const said = typeof description === "string" && description !== "" ? printable(description) : undefined;
  const wait = (retryAfterMs ?? 0) > 0 ? ` and asks to wait ${Math.ceil((retryAfterMs ?? 0) / 1000)} s` : "";
  const quoted = said === undefined ? "" : ` (server said: ${said})`;
  const why = `the server answered ${name ?? status ?? "an error"}${wait}${quoted}`;
  const { message } = failure(task, "server_error", why);
  const code = facts.code ?? codeOf(status, name, error !== undefined);
  return new ServerError(code, message, {
    hint: facts.hint ?? (code === "invalid_grant" ? task.grantHint : undefined),
    status,
    error: name,
    description: said,
    retryAfterMs,
  });
}

/**
 * What a `fetch` threw, as an {@link AuthError}. `host` is where the request went.
 *
 * Only names and codes are taken over: what foreign errors hold may be a request with its secrets.
 */
export function translateFetchError(error: unknown, { doing, issuer }: Task, host: string): AuthError {
  if (isAuthError(error)) return error;
  const { code, message, hint, cause } = fetchFailure(error, host);
  return new AuthError(code, `${doing} at ${printable(issuer)} failed: ${message}`, { cause, hint });
}

/** What oauth4webapi threw, as an {@link AuthError}; `fallback` is the code of what is not told more clearly. */
export function translateError(error: unknown, task: Task, fallback: AuthErrorCode = "bad_response"): AuthError {
  if (isAuthError(error)) return error;
  if (error instanceof oauth.AuthorizationResponseError) {
    return serverError(task, { error: error.error, description: error.error_description });
  }
  if (!(error instanceof oauth.OperationProcessingError || error instanceof oauth.UnsupportedOperationError)) {
    return failure(task, fallback, "the answer cannot be used", cleanError(error));
  }
  if (error.code === oauth.RESPONSE_IS_NOT_CONFORM && error.cause instanceof Response) {
    return serverError(task, { status: error.cause.status });
  }
  // Its messages are fixed texts; the values are in its cause, which stays behind.
  return failure(task, codes.get(error.code ?? "") ?? fallback, error.message, cleanError(error, error.message));
}

const codes: ReadonlyMap<string, AuthErrorCode> = new Map([
  [oauth.JWT_CLAIM_COMPARISON, "bad_id_token"],
  [oauth.JWT_TIMESTAMP_CHECK, "bad_id_token"],
  [oauth.KEY_SELECTION, "bad_id_token"],
  [oauth.RESPONSE_IS_NOT_JSON, "bad_response"],
]);

const codesOfServerErrors: ReadonlyMap<string, AuthErrorCode> = new Map([
  ["access_denied", "access_denied"],
  ["expired_token", "device_code_expired"],
  ["authorization_pending", "login_pending"],
  ["slow_down", "login_pending"],
  ["invalid_grant", "invalid_grant"],
  ["invalid_client", "invalid_client"],
  ["invalid_scope", "invalid_scope"],
  ["temporarily_unavailable", "server_unavailable"],
  ["unsupported_grant_type", "unsupported_by_server"],
  ["unsupported_response_type", "unsupported_by_server"],
  ["unsupported_token_type", "unsupported_by_server"],
]);

function codeOf(status: number | undefined, error: string | undefined, hasError: boolean): AuthErrorCode {
  if (status !== undefined && (status === 429 || status >= 500)) return "server_unavailable";
  return codesOfServerErrors.get(error ?? "") ?? (hasError ? "server_error" : "bad_response");
}
