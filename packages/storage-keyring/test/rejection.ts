import { inspect } from "node:util";
import { isAuthError, type AuthError } from "@org/auth-core";
import { expect } from "vitest";
import { canary } from "./a-login.ts";

/** The error that `work` rejects with: one of ours, with no secret anywhere in it. */
export async function rejection(work: Promise<unknown>): Promise<AuthError> {
  const error = await work.then(
    () => new Error("it did not reject"),
    (thrown: unknown) => thrown,
  );
  expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(canary);
  if (!isAuthError(error)) throw error;
  return error;
}
