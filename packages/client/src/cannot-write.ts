import { AuthError, isAuthError, isError } from "@org/auth-core";

/** The error (`config_unchanged`) for one of the person's own files that was not written; one of ours stays as it is. */
export function cannotWrite(path: string, error: unknown): AuthError {
  if (isAuthError(error)) return error;
  const code = isError(error) && "code" in error ? String(error.code) : "unknown";
  return new AuthError("config_unchanged", `cannot write ${path} (${code})`, {
    hint: "nothing has been changed; see that you may write there, and that the disk is not full",
  });
}
