import { AuthError } from "@org/auth-core";
import { readSmallFile } from "../read-small-file.ts";

/** As long as any key, token or passphrase. */
const longestBytes = 64 * 1024;

/**
 * The secret in a file, without the line break at its end. `undefined`: there is no such file. Throws
 * {@link AuthError} (`config_invalid`), which names the file and `from`, when it cannot be read or cannot be one.
 */
export function readSecretFile(path: string, from: string): string | undefined {
  const file = readSmallFile(path, { longestBytes });
  if (file.kind === "absent") return undefined;
  const text = file.kind === "file" ? file.bytes.toString("utf8").replace(/\r?\n$/, "") : "";
  if (text.trim() !== "") return text;
  const problem = file.kind === "file" ? "it is empty" : file.problem;
  throw new AuthError("config_invalid", `cannot read the secret in ${path} (${from}): ${problem}`, {
    hint: `put the secret, and nothing else, into ${path}`,
  });
}
