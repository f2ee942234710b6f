import { inspect } from "node:util";
import { AuthError } from "@org/auth-core";
import { expect } from "vitest";

/**
 * The {@link AuthError} something rejects with. It has been printed in every way there is, and none shows a secret: in
 * these tests every secret has `canary` in it, and nothing else has.
 */
export async function rejection(work: Promise<unknown>): Promise<AuthError> {
  const error = await work.then(
    (value) => expect.fail(`resolved with ${inspect(value)}`),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(AuthError);
  expect(printed(error)).not.toMatch(/canary/i);
  for (let cause = (error as AuthError).cause; cause !== undefined; cause = (cause as Error).cause) {
    // A foreign error may hold a request or an answer where no printing shows it.
    expect(cause instanceof AuthError || Object.getPrototypeOf(cause) === Error.prototype).toBe(true);
  }
  return error as AuthError;
}

function printed(error: unknown): string {
  const { stack = "", cause } = error as Error;
  return [
    inspect(error, { depth: 10, showHidden: true }),
    JSON.stringify(error),
    String(error),
    stack,
    ...(cause === undefined ? [] : [printed(cause)]),
  ].join("\n");
}
