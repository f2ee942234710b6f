import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { AuthError, isError } from "@org/auth-core";

/** As long as any key, token or passphrase. */
const longestBytes = 64 * 1024;

/** The variables that hold secrets: each may also be named by a file, in the variable of that name with `_FILE`. */
export const secretNames: ReadonlySet<string> = new Set([
  "ACCESS_TOKEN",
  "API_KEY",
  "CLIENT_SECRET",
  "DEVELOPER_TOKEN",
  "PASSWORD",
  "PRIVATE_KEY",
  "REFRESH_TOKEN",
  "STORE_PASSPHRASE",
]);

/**
 * The secret in a file, without the line break at its end. `undefined`: there is no such file. Throws
 * {@link AuthError} (`config_invalid`), which names the file and `from`, when it cannot be read or cannot be one.
 */
export function readSecretFile(path: string, from: string): string | undefined {
  let problem: string;
  try {
    const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stats = fstatSync(file);
      if (!stats.isFile()) problem = "it is not a file";
      else if (stats.size > longestBytes) problem = "it is larger than 64 KiB";
      else {
        const text = readFileSync(file, "utf8").replace(/\r?\n$/, "");
        if (text.trim() !== "") return text;
        problem = "it is empty";
      }
    } finally {
      closeSync(file);
    }
  } catch (error) {
    const code = isError(error) && "code" in error ? String(error.code) : "unknown";
    if (code === "ENOENT") return undefined;
    problem = code;
  }
  throw new AuthError("config_invalid", `cannot read the secret in ${path} (${from}): ${problem}`, {
    hint: `put the secret, and nothing else, into ${path}`,
  });
}
