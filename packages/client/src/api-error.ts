import { AuthError, LoginRequiredError, printable, type AuthErrorCode } from "@org/auth-core";
import { challengesOf } from "./challenge.ts";
import { refusalHint } from "./refusal-hint.ts";
import { sentCredential, type SentCredential } from "./sent-credential.ts";
import { shownUrl } from "./shown-url.ts";
import { StepUpRequiredError, stepUpOf, wantedScopesOf } from "./step-up.ts";

/** An answer of an API, and what it answers. */
export interface ApiAnswer {
  readonly method: string;
  readonly url: URL;
  readonly response: Response;
  /** Its body, as far as it has been read: parsed where it is JSON. Absent: nothing has been. */
  readonly data?: unknown;
  /** The command that signs in here. Absent: hints name none. */
  readonly loginCommand?: string | undefined;
}

/**
 * An API answered with a status that is no success. The code says of which kind: `login_required` (401; `host_not_allowed`
 * where no credential goes), `insufficient_scope` or `access_denied` (403), `server_unavailable` (429, 5xx), else
 * `server_error`.
 */
export class ApiError extends AuthError {
  override readonly name = "ApiError";
  readonly status: number;
  readonly method: string;
  /** Without its query. */
  readonly url: string;
  /** The scopes that the API wants for this. Absent: it does not say. */
  readonly scopes: readonly string[] | undefined;
  // Nothing that prints an error shows it: an API may repeat what it was sent.
  readonly #answer: ApiAnswer;

  constructor(answer: ApiAnswer) {
    const { method, url, response, loginCommand } = answer;
    const { status } = response;
    const sent = sentCredential(response);
    const wanted = status === 403 && sent?.kind !== "withheld" ? wantedScopesOf(challengesOf(response)) : undefined;
    const code = wanted === undefined ? codeOf(status, sent) : "insufficient_scope";
    const why = wanted === undefined ? whyRefused(status, sent) : whyTooLittle(wanted, sent);
    super(code, `${method} ${shownUrl(url)} was answered with ${String(status)}${why}`, {
      hint: isMendable(code) ? refusalHint(sent, loginCommand, wanted) : undefined,
    });
    this.status = status;
    this.method = method;
    this.url = shownUrl(url);
    this.scopes = wanted?.length === 0 ? undefined : wanted;
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

/** The {@link LoginRequiredError} that an API's answer is. */
export class ApiLoginRequiredError extends LoginRequiredError {
  // As in ApiError.
  readonly #response: Response;

  constructor(message: string, hint: string, response: Response) {
    super(message, { hint });
    this.#response = response;
  }

  /** The answer itself, for its headers. Its body has been read, if it could be. */
  get response(): Response {
    return this.#response;
  }
}

/**
 * The error that an answer is which is no success: {@link StepUpRequiredError}; {@link ApiLoginRequiredError} when the API
 * wants a credential and got none, or says in its body that it is invalid; else {@link ApiError}.
 */
export function apiErrorOf(answer: ApiAnswer): AuthError {
  const { method, url, response, data, loginCommand } = answer;
  const { status } = response;
  const sent = sentCredential(response);
  if (sent?.kind === "withheld") return new ApiError(answer);
  const stepUp = status === 401 ? stepUpOf(challengesOf(response)) : undefined;
  if (stepUp !== undefined) {
    return new StepUpRequiredError(url.host, stepUp, {
      hint: refusalHint(sent, loginCommand, stepUp.scopes),
      response,
    });
  }
  const isAnonymous = sent?.kind === "none";
  const isRefusal = status === 401 || status === 403;
  if (!isRefusal || !(isAnonymous || isAuthRequired(data))) return new ApiError(answer);
  const why = isAnonymous ? "wants a credential, and there is none" : "does not take the credential that was sent";
  const hint = refusalHint(sent, loginCommand);
  return new ApiLoginRequiredError(`${method} ${shownUrl(url)}: the API ${why}`, hint, response);
}

function codeOf(status: number, sent: SentCredential | undefined): AuthErrorCode {
  if (status === 401) return sent?.kind === "withheld" ? "host_not_allowed" : "login_required";
  if (status === 403) return "access_denied";
  return status === 429 || status >= 500 ? "server_unavailable" : "server_error";
}

function isMendable(code: AuthErrorCode): boolean {
  return code === "login_required" || code === "insufficient_scope" || code === "host_not_allowed";
}

function whyRefused(status: number, sent: SentCredential | undefined): string {
  if (status !== 401) return "";
  if (sent?.kind === "withheld") return `: ${sent.to} wants a credential, and none was sent there`;
  if (sent?.kind === "own") return ": the Authorization that the request brought along is refused";
  return ": the credential is refused, and there is no better one";
}

/** An API names what it needs (RFC 6750 section 3), some of which the token may have. */
function whyTooLittle(wanted: readonly string[], sent: SentCredential | undefined): string {
  const granted = sent?.kind === "token" ? sent.scopes : [];
  const missing = wanted.filter((scope) => !granted.includes(scope));
  if (wanted.length === 0) return "";
  return `: the token lacks the scope ${printable((missing.length === 0 ? wanted : missing).join(" "))}`;
}

/** Some APIs say so in the body of whatever refusal. */
function isAuthRequired(data: unknown): boolean {
  const error: unknown = typeof data === "object" && data !== null && "error" in data ? data.error : undefined;
  return typeof error === "object" && error !== null && "code" in error && error.code === "auth_required";
}
