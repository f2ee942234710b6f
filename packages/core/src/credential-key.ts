/** Which credential: the identity it stands for. Two keys name the same credential when {@link formatKey} says so. */
export interface CredentialKey {
  readonly issuer: string;
  readonly clientId: string;
  /** The name a person gave this login. */
  readonly profile: string;
  /** The API the tokens are for, where one login serves several. Absent: the login's own. */
  readonly audience?: string | undefined;
  /** Where other scopes make another credential (a machine's tokens). Absent: the login has what it was granted. */
  readonly scopes?: readonly string[] | undefined;
  /** Where another given secret makes another credential: a short hash of it. Absent: it is a person's login. */
  readonly fingerprint?: string | undefined;
  /** Present: a device login that still waits for its person, not a credential in use. */
  readonly pendingLoginId?: string | undefined;
}

/**
 * The one written form of a key: lower-case letters, digits and `. _ - % + =` only, so it can name a file on every
 * file system, letter case ignored or not, and can be read back by {@link parseKey}.
 *
 * Throws `TypeError` when a part is empty or is not well-formed Unicode.
 */
export function formatKey(key: CredentialKey): string {
  const parts = [encode(key.issuer), encode(key.clientId), encode(key.profile)];
  if (key.audience !== undefined) parts.push(`a=${encode(key.audience)}`);
  if (key.scopes !== undefined && key.scopes.length > 0) parts.push(`s=${encode(canonicalScopes(key.scopes))}`);
  if (key.fingerprint !== undefined) parts.push(`f=${encode(key.fingerprint)}`);
  if (key.pendingLoginId !== undefined) parts.push(`p=${encode(key.pendingLoginId)}`);
  return parts.join("+");
}

/** Reads what {@link formatKey} wrote. `undefined`: it did not write this. */
export function parseKey(text: string): CredentialKey | undefined {
  const [issuer, clientId, profile, ...rest] = text.split("+");
  if (issuer === undefined || clientId === undefined || profile === undefined) return undefined;
  const tagged = new Map(rest.map((part) => [part.slice(0, 2), part.slice(2)]));
  const optional = (tag: string): string | undefined => {
    const part = tagged.get(tag);
    return part === undefined ? undefined : decodeURIComponent(part);
  };

  try {
    const key: CredentialKey = {
      issuer: decodeURIComponent(issuer),
      clientId: decodeURIComponent(clientId),
      profile: decodeURIComponent(profile),
      audience: optional("a="),
      scopes: optional("s=")?.split(" "),
      fingerprint: optional("f="),
      pendingLoginId: optional("p="),
    };
    return formatKey(key) === text ? key : undefined;
  } catch {
    return undefined; // Not percent-encoded, or a part is empty: some other file's name.
  }
}

function canonicalScopes(scopes: readonly string[]): string {
  return [...new Set(scopes)].sort().join(" ");
}

function encode(part: string): string {
  if (part === "" || !part.isWellFormed())
    throw new TypeError("a part of a credential key is empty or not well-formed");
  return encodeURIComponent(part).replace(/%..|[^a-z0-9._-]/g, (found) =>
    found.length === 3 ? found.toLowerCase() : `%${found.charCodeAt(0).toString(16)}`,
  );
}
