import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from "node:fs";
import { AuthError, isError } from "@org/auth-core";

const longestBytes = 1024 * 1024;

/**
 * What a file of JSON holds that another program has written for this person. It is opened for reading alone. Throws
 * {@link AuthError}: `no_credential` when there is none; `config_invalid` when it is not the person's own, when others can
 * change it, or when it is no JSON or larger than 1 MiB. No message quotes it.
 */
export function readLoginFile(path: string): unknown {
  const text = readText(path);
  try {
    return JSON.parse(text);
  } catch {
    throw unusable(path, "it is not JSON"); // The parser's message quotes the file.
  }
}

function readText(path: string): string {
  let file: number;
  try {
    // A pipe without a writer would be waited for.
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw unreadable(path, error);
  }
  try {
    const stats = fstatSync(file);
    const problem = problemOf(stats);
    if (problem !== undefined) throw unusable(path, ...problem);
    return readFileSync(file, "utf8");
  } finally {
    closeSync(file);
  }
}

function problemOf(stats: Stats): readonly [problem: string, hint?: string] | undefined {
  if (!stats.isFile()) return ["it is not a file"];
  if (stats.size > longestBytes) return ["it is larger than 1 MiB"];
  const uid = process.getuid?.();
  if (uid === undefined) return undefined; // Windows: a person's own folder is private by inheritance.
  if (stats.uid !== uid) return ["it belongs to another user"];
  return (stats.mode & 0o022) === 0 ? undefined : ["it can be changed by others", "take that from them: chmod go-w"];
}

function unreadable(path: string, error: unknown): AuthError {
  const code = isError(error) && "code" in error ? String(error.code) : "unknown";
  if (code !== "ENOENT" && code !== "ENOTDIR") return unusable(path, code);
  return new AuthError("no_credential", `there is no ${path} to import a login from`, {
    hint: "name the file, if it is elsewhere; or sign in",
  });
}

function unusable(path: string, problem: string, hint = "name another file, or sign in"): AuthError {
  return new AuthError("config_invalid", `cannot import from ${path}: ${problem}`, { hint });
}
