import { errorCodes, type AuthErrorCode } from "./error-codes.ts";
import { isError } from "./is-error.ts";
import type { Step } from "./step.ts";

export interface AuthErrorOptions {
  /** What brought it about. It must not carry a secret. */
  readonly cause?: unknown;
  /** The next step, where it can be said better than the code's own: a command, or a setting to change. */
  readonly hint?: string | undefined;
}

/** What every function here rejects with. `code` says what went wrong; no part of it carries a secret. */
export class AuthError extends Error {
  override readonly name: string = "AuthError";
  readonly code: AuthErrorCode;
  /** What to do next, for people. */
  readonly hint: string;
  /** The same call may succeed later with nothing changed. */
  readonly retryable: boolean;
  /**
   * Which credential it was, and how that was found: what each place said, in order, up to the one that was chosen or is
   * broken. Names only, never a value. Absent: no credential had been looked for, or it was handed over ready-made.
   */
  declare readonly steps?: readonly Step[];

  constructor(code: AuthErrorCode, message: string, { cause, hint }: AuthErrorOptions = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.hint = hint ?? errorCodes[code].whatToDo;
    this.retryable = errorCodes[code].retryable === true;
  }
}

/** A person must act: sign in, or give a credential. */
export class LoginRequiredError extends AuthError {
  override readonly name: string = "LoginRequiredError";

  constructor(
    message: string,
    options?: AuthErrorOptions,
    code: "login_required" | "no_credential" = "login_required",
  ) {
    super(code, message, options);
  }
}

/** There was a login, and it has ended, or its token has and cannot be renewed: a person must sign in anew. */
export class TokenExpiredError extends LoginRequiredError {
  override readonly name = "TokenExpiredError";
}

/** No provider had a credential. `steps` lists each one asked and what it said. */
export class NoCredentialError extends LoginRequiredError {
  override readonly name = "NoCredentialError";
  override readonly steps: readonly Step[];

  constructor(steps: readonly Step[], options?: AuthErrorOptions) {
    const asked = steps.length === 0 ? "no place was asked" : `asked ${steps.map(({ place }) => place).join(", ")}`;
    super(`no credential found; ${asked}`, options, "no_credential");
    this.steps = steps;
  }
}

/** A place has only half of a credential. */
export class PartialCredentialError extends AuthError {
  override readonly name = "PartialCredentialError";
  /** Where each part that is there was found: variables, files or arguments, by name. */
  readonly found: readonly string[];
  /** What is missing, by the names it would have in the same place. */
  readonly missing: readonly string[];

  constructor(found: readonly string[], missing: readonly string[]) {
    const [have, lack] = [found.join(", "), missing.join(" and ")];
    super("partial_credential", `half a credential: ${have} without ${lack}`, {
      hint: `add ${lack}, or take ${have} away`,
    });
    this.found = found;
    this.missing = missing;
  }
}

/** A store cannot be read, written or locked. */
export class StoreError extends AuthError {
  override readonly name = "StoreError";
}

export interface ServerErrorOptions extends AuthErrorOptions {
  /** The HTTP status. Absent: the error came back through the browser. */
  readonly status?: number | undefined;
  /** The OAuth `error`. Absent: the answer had none. */
  readonly error?: string | undefined;
  /** The OAuth `error_description`, made safe to print. Absent: the answer had none. */
  readonly description?: string | undefined;
  /** For how long it wants to be left alone, in milliseconds. Absent: it did not say. */
  readonly retryAfterMs?: number | undefined;
}

/** An authorization server answered with an error. */
export class ServerError extends AuthError {
  override readonly name = "ServerError";
  readonly status: number | undefined;
  readonly error: string | undefined;
  readonly description: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(
    code: AuthErrorCode,
    message: string,
    { status, error, description, retryAfterMs, ...options }: ServerErrorOptions,
  ) {
    super(code, message, options);
    this.status = status;
    this.error = error;
    this.description = description;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Whether this is an {@link AuthError}, also one made by another copy of this package. */
export function isAuthError(error: unknown): error is AuthError {
  return isError(error) && "code" in error && Object.hasOwn(errorCodes, String(error.code));
}

/** The same error, with the steps that led to its credential. One that has them already keeps its own. */
export function withSteps<Thrown>(error: Thrown, steps: readonly Step[]): Thrown {
  // It stays the one error that all who wait for it get. One that is frozen goes without.
  if (isAuthError(error) && error.steps === undefined) Reflect.set(error, "steps", steps);
  return error;
}
