import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { tempHome } from "./org-auth.ts";

/** A folder with a `.env` file in it, such as somebody's repository is. */
export interface DotenvFolder {
  readonly folder: string;
  /** The file. */
  readonly path: string;
}

/** Makes one of these variables, written as they are. It is gone when the test ends. */
export function dotenvFolder(variables: Readonly<Record<string, string>>): DotenvFolder {
  const folder = tempHome();
  const path = join(folder, ".env");
  const lines = Object.entries(variables).map(([name, value]) => `${name}=${value}\n`);
  writeFileSync(path, lines.join(""));
  return { folder, path };
}
