import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";

/** The one file of a home where a login is, or one that is not there. */
export function loginFile(home: string): string {
  const folder = join(home, ".local/share/org-auth/credentials");
  const [file, ...others] = existsSync(folder) ? readdirSync(folder) : [];
  expect(others).toEqual([]);
  return join(folder, file ?? "none");
}
