import { inject } from "vitest";
import type {} from "./setup.ts";

/**
 * Whether a test may count on a system package: `test.skipIf(!hasSystemPackage("chromium"))`.
 *
 * With `CI=true` it always may: where the package is missing all the same, the test is to fail and not to be skipped.
 */
export function hasSystemPackage(name: string): boolean {
  return process.env["CI"] === "true" || inject("systemPackages").includes(name);
}
