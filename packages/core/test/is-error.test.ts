import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { AuthError, isAuthError, isError } from "../src/index.ts";

test("errors of another realm are errors, as they are where a test runner has globals of its own", () => {
  const foreign: unknown = runInNewContext(
    "Object.assign(new TypeError('fake'), { code: 'network', name: 'AuthError' })",
  );
  expect(foreign).not.toBeInstanceOf(Error);
  for (const error of [foreign, new AuthError("network", "fake"), new DOMException("fake", "TimeoutError")]) {
    expect(isError(error)).toBe(true);
  }
  expect(isAuthError(foreign)).toBe(true);
  expect([undefined, null, "Error", {}, { message: "fake" }].filter(isError)).toEqual([]);
});
