import { AuthError, LoginRequiredError, printable, type AuthErrorCode } from "@org/auth-core";
import { challengesOf } from "./challenge.ts";
import { shownUrl } from "./shown-url.ts";
import { missingScopesOf, StepUpRequiredError, stepUpOf } from "./step-up.ts";

/** An answer of an API, and what it answers. */
export interface ApiAnswer {
  readonly method: string;
  readonly url: URL;
  readonly response: Response;
  /** Its body, as far as it has been read: parsed where it is JSON. Absent: nothing has been. */
  readonly data?: unknown;
  /** Nothing in the request said whose it was. Default: false. */
  readonly isAnonymous?: boolean | undefined;
  /** The command that signs in here. Absent: hints are those of the error's code. */
  readonly loginCommand?: string | undefined;
}

/**
 * An API answered with a status that is no success. The code says of which kind: `login_required` (401),
 * `insufficient_scope` or `access_denied` (403), `server_unavailable` (429, 5xx), else `server_error`.
 */
export class ApiError extends AuthError {
  override readonly name = "ApiError";
  readonly status: number;
  readonly method: string;
  /** Without its query. */
  readonly url: string;
  /** The scopes that the API misses in the token. Absent: it does not say. */
  readonly scopes: readonly string[] | undefined;
  // Nothing that prints an error shows it: an API may repeat what it was sent.
  readonly #answer: ApiAnswer;

  constructor(answer: ApiAnswer) {
    const { method, url, response, loginCommand } = answer;
    const { status } = response;
    const missing = status === 403 ? missingScopesOf(challengesOf(response)) : undefined;
    const code = missing === undefined ? codeOf(status) : "insufficient_scope";
    super(code, `${method} ${shownUrl(url)} was answered with ${String(status)}${whyOf(status, missing)}`, {
      hint: loginCommand && hintOf(code, loginCommand, missing),
    });
    this.status = status;
    this.method = method;
    this.url = shownUrl(url);
    this.scopes = missing?.length === 0 ? undefined : missing;
    this.#answer = answer;
  }

  /** The answer itself, for its headers. Its body has been read into {@link data}, if it could be. */
  get response(): Response {
    return this.#answer.response;
  }

  /** What the API said: parsed where it is JSON, else text. `undefined`: nothing, or it has not been read. */
  get data(): unknown {
    return this.#answer.data;
  }
}

/**
 * The error that an answer is which is no success: {@link StepUpRequiredError}; {@link LoginRequiredError} when the API
 * wants a credential and got none, or says in its body that it is invalid; else {@link ApiError}.
 */
export function apiErrorOf(answer: ApiAnswer): AuthError {
  const { method, url, response, isAnonymous = false, data, loginCommand } = answer;
  const stepUp = response.status === 401 ? stepUpOf(challengesOf(response)) : undefined;
  const hint = loginCommand && hintOf("login_required", loginCommand);
  if (stepUp !== undefined) return new StepUpRequiredError(url.host, stepUp, hint);
  const isRefusal = response.status === 401 || response.status === 403;
  if (!isRefusal || !(isAnonymous || isAuthRequired(data))) return new ApiError(answer);
  const why = isAnonymous ? "wants a credential, and there is none" : "does not take the credential that was sent";
  return new LoginRequiredError(`${method} ${shownUrl(url)}: the API ${why}`, { hint });
}

function codeOf(status: number): AuthErrorCode {
  if (status === 401) return "login_required";
  if (status === 403) return "access_denied";
  return status === 429 || status >= 500 ? "server_unavailable" : "server_error";
}

function whyOf(status: number, missing: readonly string[] = []): string {
  if (missing.length > 0) return `: the token lacks the scope ${printable(missing.join(" "))}`;
  return status === 401 ? ": the credential is refused, and there is no better one" : "";
}

function hintOf(code: AuthErrorCode, command: string, scopes: readonly string[] = []): string | undefined {
  if (code === "login_required") return `run \`${command}\``;
  // An API could name one that a shell would run.
  const isPlain = scopes.length > 0 && scopes.every((scope) => /^[\w.:/@+=,~-]+$/.test(scope));
  return isPlain ? `run \`${command} --scope "${scopes.join(" ")}"\`` : undefined;
}

/** Some APIs say so in the body of whatever refusal. */
function isAuthRequired(data: unknown): boolean {
  const error: unknown = typeof data === "object" && data !== null && "error" in data ? data.error : undefined;
  return typeof error === "object" && error !== null && "code" in error && error.code === "auth_required";
}
