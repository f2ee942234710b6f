import { type AuthError, isAuthError, printable, type Step } from "@org/auth-core";
import { answerJson, say, type Context } from "./context.ts";
import { exitCodes, exitStatusOf } from "./exit-codes.ts";
import { Interrupted } from "./interrupted.ts";

type Told = Pick<AuthError, "hint" | "message" | "retryable" | "steps"> & { readonly code: string };

/** Tells a person, or with `isJson` a program, what went wrong, and gives the exit status that says it too. */
export async function reportError(
  error: unknown,
  isJson: boolean,
  context: Pick<Context, "stderr" | "stdout">,
): Promise<number> {
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

  async function report({ code, message, hint, retryable, steps }: Told, exit: number): Promise<number> {
    const what = printable(message, 1000);
    if (isJson) await answerJson(context, { error: { code, message: what, hint, retryable, exit, steps } });
    else {
      const used = usedOf(steps, message + hint);
      const lines = [
        `error: ${what} [${code}]`,
        ...(used === undefined ? [] : [`  used: ${printable(used, 500)}`]),
        ...(hint === "" ? [] : [`  fix: ${printable(hint, 500)}`]),
      ];
      await say(context, lines.join("\n")); // At once: nothing else comes in between.
    }
    return exit;
  }
}

/** Which credential it was, where what is said does not name it: one of the surroundings, which may not be the one meant. */
function usedOf(steps: readonly Step[] | undefined, said: string): string | undefined {
  const last = steps?.at(-1);
  const { name, place } = last?.outcome === "chosen" ? (last.provenance ?? {}) : {};
  return name === undefined || place === "stored-login" || said.includes(name) ? undefined : name;
}
