import { printable } from "@org/auth-core";
import { say, type Context } from "../context.ts";
import { exitCodes } from "../exit-codes.ts";

/** The exit status that an answer's status means, and what a person can do about it. */
export async function exitStatusOfResponse(
  { status, headers }: Response,
  hasToken: boolean,
  context: Context,
): Promise<number> {
  if (status < 400) return exitCodes.done.status;
  const challenge = headers.get("www-authenticate") ?? "";
  if (status === 401 && hasToken) {
    await say(context, `error: the API refused the token, and there is no better one [login_required]`);
    await say(context, `  fix: sign in again: ${context.product.name} login`);
    return exitCodes.loginRequired.status;
  }
  if (status === 403 && challenge.includes("insufficient_scope")) {
    const scope = /scope="([^"]{1,500})"/.exec(challenge)?.[1];
    await say(context, `error: the token lacks a scope the API wants [access_denied]`);
    if (scope !== undefined) await say(context, `  fix: ${context.product.name} login --scope "${printable(scope)}"`);
    return exitCodes.denied.status;
  }
  return exitCodes.httpError.status;
}
