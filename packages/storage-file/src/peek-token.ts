import { closeSync, fstatSync, openSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The part of a stored login that answers "may I have a token?". */
export interface PeekedToken {
  /** Secret. */
  readonly accessToken: string;
  readonly obtainedAtMs: number;
  readonly expiresAtMs?: number | undefined;
}

/**
 * The access token in the file of a `fileStore` without a seal, read at once and with hardly any code: for programs whose
 * whole work this is. `stem` is the written key (`formatKey`).
 *
 * `undefined` is no answer: the file is not there, cannot be read, is not private, belongs to another key, another
 * format or a login that has ended. The store itself tells which.
 */
export function peekToken(folder: string, stem: string): PeekedToken | undefined {
  try {
    const file = openSync(join(folder, `${stem}.json`), "r");
    try {
      const { uid, mode, size } = fstatSync(file);
      if ((mode & 0o077) !== 0 || uid !== process.getuid?.() || size > 1024 * 1024) return undefined;
      const { version, key, credential } = JSON.parse(readFileSync(file, "utf8")) as {
        readonly version: unknown;
        readonly key: unknown;
        readonly credential: PeekedToken & { readonly kind: unknown; readonly ended?: unknown };
      };
      const { kind, accessToken, obtainedAtMs, expiresAtMs, ended } = credential;
      const isWhole =
        version === 1 &&
        key === stem &&
        kind === "token-set" &&
        ended === undefined &&
        typeof accessToken === "string" &&
        typeof obtainedAtMs === "number" &&
        (expiresAtMs === undefined || typeof expiresAtMs === "number");
      return isWhole && accessToken !== "" ? credential : undefined;
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined;
  }
}

/** The stems of the files in a store's folder whose written key ends with `ending`; none when there is no folder. */
export function peekStems(folder: string, ending: string): readonly string[] {
  try {
    const names = readdirSync(folder).filter((name) => name.endsWith(`${ending}.json`));
    return names.map((name) => name.slice(0, -".json".length));
  } catch {
    return [];
  }
}
