import { AuthError } from "@org/auth-core";
import type { Context } from "../context.ts";
import { formatDuration } from "../duration.ts";

/** How long a person may take to type what is asked of them, where nothing else is said. */
export const typingTimeoutMs: number = 5 * 60_000;

/** Does what a person is waited for, whose signal aborts when time is up; then it rejects with `login_timeout`. */
export async function withinTime<Result>(
  timeoutMs: number,
  { signal }: Context,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const deadline = AbortSignal.timeout(timeoutMs);
  try {
    return await work(AbortSignal.any([signal, deadline]));
  } catch (error) {
    if (error !== deadline.reason) throw error;
    throw new AuthError("login_timeout", `nobody did what was asked for within ${formatDuration(timeoutMs)}`);
  }
}
