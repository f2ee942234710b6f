import { errorCodes, type AuthErrorCode, type Step } from "@org/auth-core";
import { exitCodes, exitStatusOf } from "./exit-codes.ts";

/** The exit status of a search that found nothing: that of what is broken, or that a login is needed. */
export function exitStatusOfSteps(steps: readonly Step[]): number {
  const reason = steps.find(({ outcome }) => outcome === "broken")?.reason;
  return reason !== undefined && Object.hasOwn(errorCodes, reason)
    ? exitStatusOf(reason as AuthErrorCode)
    : exitCodes.loginRequired.status;
}
