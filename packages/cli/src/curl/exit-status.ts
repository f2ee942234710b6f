import { apiErrorOf, type ApiAnswer } from "@org/auth-client/source";
import { say, type Context } from "../context.ts";
import { exitCodes, exitStatusOf } from "../exit-codes.ts";

/** The exit status that an answer means, and what a person can do about it. */
export async function exitStatusOfResponse(answer: ApiAnswer, hasToken: boolean, context: Context): Promise<number> {
  const { status } = answer.response;
  if (status < 400) return exitCodes.done.status;
  const { code, message, hint } = apiErrorOf(answer);
  const isTold = /^(host_not_allowed|insufficient_scope|login_required|step_up_required)$/.test(code);
  if (!isTold || (status === 401 && !hasToken)) return exitCodes.httpError.status;
  await say(context, `error: ${message} [${code}]`);
  await say(context, `  fix: ${hint}`);
  return exitStatusOf(code);
}
