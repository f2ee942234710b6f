import { expect, test } from "vitest";
import {
  accessToken,
  AuthError,
  errorCodes,
  fixed,
  isAuthError,
  LoginRequiredError,
  StoreError,
  withSteps,
  type Step,
} from "../src/index.ts";

test("an error without a hint of its own gives that of its code, and says whether it may pass", () => {
  expect(new AuthError("network", "x")).toMatchObject({ hint: errorCodes.network.whatToDo, retryable: true });
  expect(new LoginRequiredError("x", { hint: "y" })).toMatchObject({
    code: "login_required",
    hint: "y",
    retryable: false,
  });
});

test("an error made by another copy of the package is known by its code", () => {
  const copy = Object.assign(new Error("x"), { code: "store_locked", hint: "", retryable: true });
  expect(isAuthError(copy)).toBe(true);
  expect(isAuthError(new StoreError("store_locked", "x"))).toBe(true);
  for (const other of [
    Object.assign(new Error("x"), { code: "ENOENT" }),
    Object.assign(new Error("x"), { code: "toString" }),
    { code: "network" },
    undefined,
  ]) {
    expect(isAuthError(other)).toBe(false);
  }
});

test("an error gets the steps to its credential once, stays the same error, and one that is not ours gets none", () => {
  const steps: readonly Step[] = [{ place: "environment", outcome: "chosen", provenance: { place: "environment" } }];
  const error = new AuthError("network", "x");
  expect(error).not.toHaveProperty("steps");
  expect(withSteps(error, steps)).toBe(error);
  expect(error.steps).toBe(steps);
  expect(withSteps(error, []).steps).toBe(steps);

  const frozen = Object.freeze(new StoreError("store_locked", "x"));
  expect(withSteps(frozen, steps)).toBe(frozen);
  const other = new Error("x");
  expect(withSteps(other, steps)).toBe(other);
  expect(other).not.toHaveProperty("steps");
});

test("B.5-11 a fixed source gives its token whatever is asked, to all but a caller that has given up", async () => {
  const token = accessToken({ value: "fake", expiresAtMs: 0 });
  const source = fixed(token);
  expect(await source.getToken()).toBe(token);
  expect(await source.getToken({ rejected: token, minTtlMs: 1 })).toBe(token);
  const reason = new Error("enough");
  await expect(source.getToken({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
});
