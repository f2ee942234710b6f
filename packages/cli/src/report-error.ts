import { type AuthError, isAuthError, NoCredentialError, printable } from "@org/auth-core";
import { answerJson, say, type Context } from "./context.ts";
import { exitCodes, exitStatusOf } from "./exit-codes.ts";
import { Interrupted } from "./interrupted.ts";

/** Tells a person, or with `isJson` a program, what went wrong, and gives the exit status that says it too. */
export async function reportError(error: unknown, isJson: boolean, context: Context): Promise<number> {
  if (error instanceof Interrupted) {
    await say(context, "Cancelled.");
    return exitCodes[error.signal === "SIGINT" ? "interrupted" : "terminated"].status;
  }
  if (!isAuthError(error)) {
    const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return await report({ code: "unexpected", message: what, hint: "", retryable: false }, exitCodes.unexpected.status);
  }
  const status = exitStatusOf(error.code);
  return await report(error, status);

  async function report(
    { code, message, hint, retryable }: Pick<AuthError, "hint" | "message" | "retryable"> & { readonly code: string },
    exit: number,
  ): Promise<number> {
    const what = printable(message, 1000);
    const steps = error instanceof NoCredentialError ? { steps: error.steps } : {};
    if (isJson) await answerJson(context, { error: { code, message: what, hint, retryable, exit, ...steps } });
    else {
      await say(context, `error: ${what} [${code}]`);
      if (hint !== "") await say(context, `  fix: ${printable(hint, 500)}`);
    }
    return exit;
  }
}
