import { closeSync, existsSync, fstatSync, openSync, readdirSync, readFileSync } from "node:fs";

/** The part of a stored login that answers "may I have a token?". */
export interface PeekedToken {
  /** Secret. */
  readonly accessToken: string;
  readonly obtainedAtMs: number;
  readonly expiresAtMs?: number | undefined;
}

/**
 * The access token in a file of a `fileStore`, read at once and with hardly any code: for programs whose whole work this
 * is. `stem` is the written key (`formatKey`); `open` opens what is sealed, and without it nothing may be.
 *
 * `undefined` is no answer: the file is not there, cannot be read, is not private, belongs to another key, another
 * format or a login that has ended. The store itself tells which.
 */
export function peekToken(
  folder: string,
  stem: string,
  open?: (sealed: Uint8Array, stem: string) => string,
): PeekedToken | undefined {
  try {
    // Not by `join`: it looks at each letter, so often that the engine begins to compile it anew.
    const file = openSync(`${folder}/${stem}.json`, "r");
    try {
      const { uid, mode, size } = fstatSync(file);
      if ((mode & 0o077) !== 0 || uid !== process.getuid?.() || size > 1024 * 1024) return undefined;
      const { version, key, credential, sealed } = JSON.parse(readFileSync(file, "utf8")) as Envelope;
      const login = open ? (JSON.parse(open(Buffer.from(sealed, "base64"), stem)) as PeekedLogin) : credential;
      const { kind, tokenType, accessToken, obtainedAtMs, expiresAtMs, ended } = login;
      const isWhole =
        version === 1 &&
        key === stem &&
        kind === "token-set" &&
        (tokenType === undefined || tokenType === "DPoP") &&
        ended === undefined &&
        typeof accessToken === "string" &&
        typeof obtainedAtMs === "number" &&
        (expiresAtMs === undefined || typeof expiresAtMs === "number");
      return isWhole && accessToken !== "" ? login : undefined;
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined;
  }
}

/**
 * The stems of the files in these folders whose written key ends with `ending`, each once. `undefined`: some file's name
 * is cut, and does not tell its key. Throws what `node:fs` does when a folder that is there cannot be read.
 */
export function peekStems(folders: readonly string[], ending: string): ReadonlySet<string> | undefined {
  const stems = new Set<string>();
  for (const folder of folders) {
    if (!existsSync(folder)) continue; // To be told so by an error takes longer.
    for (const name of readdirSync(folder)) {
      if (name.includes("~")) return undefined;
      if (name.endsWith(`${ending}.json`)) stems.add(name.slice(0, -".json".length));
    }
  }
  return stems;
}

interface Envelope {
  readonly version: unknown;
  readonly key: unknown;
  readonly credential: PeekedLogin;
  readonly sealed: string;
}

interface PeekedLogin extends PeekedToken {
  readonly kind: unknown;
  readonly tokenType?: unknown;
  readonly ended?: unknown;
}
