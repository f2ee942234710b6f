import { closeSync, existsSync, fstatSync, readdirSync, readFileSync, statSync, type Stats } from "node:fs";
import { largestBytes, openPlain } from "./plain-file.ts";

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
 * `undefined` is no answer: the file is not there, cannot be read, belongs to another key, another format or a login that
 * has ended; it or its folder is not private. The store itself tells which.
 */
export function peekToken(
  folder: string,
  stem: string,
  open?: (sealed: Uint8Array, stem: string) => string,
): PeekedToken | undefined {
  try {
    // Not by `join`: it looks at each letter, so often that the engine begins to compile it anew.
    const file = openPlain(`${folder}/${stem}.json`);
    try {
      const stats = fstatSync(file);
      if (!isPrivate(stats) || !stats.isFile() || stats.size > largestBytes || !isPrivateFolder(folder))
        return undefined;
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

/** Whether nobody else can reach what is in a folder. `true` too where there is none. */
export function isPrivateFolder(path: string): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined || (stats.isDirectory() && isPrivate(stats));
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

function isPrivate({ uid, mode }: Stats): boolean {
  return (mode & 0o077) === 0 && uid === process.getuid?.();
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
