import { ApiError, isAuthError } from "@org/auth-client";

/** What a program does after a call has been rejected: what it says to whoever uses it, and the status it ends with. */
export interface Reaction {
  readonly say: string;
  readonly exitStatus: number;
}

export function reactionTo(error: unknown): Reaction {
  if (!isAuthError(error)) throw error; // A fault of the program's own, or the reason of an abort.
  const { code, message, hint, retryable } = error;
  if (error instanceof ApiError && error.status === 404) return { say: "there is no such thing", exitStatus: 1 };
  if (retryable) return { say: `${message}; try again later`, exitStatus: 75 };
  switch (code) {
    case "no_credential":
    case "login_required":
    case "step_up_required":
    case "insufficient_scope":
      return { say: `please sign in: ${hint}`, exitStatus: 77 };
    default:
      return { say: `${message} [${code}]: ${hint}`, exitStatus: 1 };
  }
}
