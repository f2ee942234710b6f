import { statSync, type Stats } from "node:fs";
import { AuthError, shellQuoted } from "@org/auth-core";

/** Throws {@link AuthError} (`config_invalid`) for a file that another user owns or that others can change. */
export function requireUnchangedByOthers(path: string, stats: Stats = statSync(path)): void {
  const uid = process.getuid?.();
  if (uid === undefined) return; // Windows: a person's own folder is private by inheritance.
  const isOwn = stats.uid === uid || stats.uid === 0;
  if (isOwn && (stats.mode & 0o022) === 0) return;
  throw new AuthError("config_invalid", `${path} ${isOwn ? "can be changed by others" : "belongs to another user"}`, {
    hint: isOwn ? `chmod go-w ${shellQuoted(path)}` : `make it yours: sudo chown ${String(uid)} ${shellQuoted(path)}`,
  });
}
