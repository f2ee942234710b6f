import { isError, printable, StoreError, type AuthErrorCode } from "@org/auth-core";

/**
 * What a keyring's own error means. Its text is never passed on, nor the error as a cause: nobody can promise what a
 * keyring writes into it. `what` says what was tried.
 */
export function keyringFailure(error: unknown, what: string): StoreError {
  if (error instanceof StoreError) return error;
  const text = messageOf(error);
  const known = meanings.find(({ pattern }) => pattern.test(text));
  if (known !== undefined) return new StoreError(known.code, `${what}: ${known.why}`, { hint: known.hint });
  // A name or a number of the system's is all that can be told of the others.
  const name =
    /\borg\.freedesktop\.[\w.]+|(?:os error|OSStatus) -?\d+/.exec(text)?.[0] ?? "for a reason it does not tell";
  return new StoreError("store_unavailable", `${what}: the keyring failed (${printable(name, 100)})`);
}

/** Whether the keyring's service died while it was asked: the one that takes its place may answer. */
export function isGone(error: unknown): boolean {
  return gone.test(messageOf(error));
}

interface Meaning {
  readonly pattern: RegExp;
  readonly code: AuthErrorCode;
  readonly why: string;
  readonly hint?: string;
}

const gone = /without replying|connection closed before prompt completed|keyring process ended/;

/** By what the keyrings of Linux, macOS and Windows are known to say, through either binding. The first that fits. */
const meanings: readonly Meaning[] = [
  { pattern: gone, code: "keyring_missing", why: "the keyring's service ended before it answered" },
  {
    pattern: /Did not receive a reply|Error\.NoReply|Error\.Timeout|timed out/i,
    code: "keyring_hung",
    why: "the keyring does not answer",
  },
  {
    pattern: /prompt (was )?dismissed|IsLocked|object locked|locked (object|collection)|interaction is not allowed/i,
    code: "keyring_locked",
    why: "the keyring is locked, and nobody unlocked it",
  },
  {
    pattern: /no result found|result not returned/i,
    code: "keyring_missing",
    why: "the session's keyring service has no keyring yet",
    hint: "make a default keyring, or choose another store with `--store`",
  },
  {
    pattern:
      /Error\.AccessDenied|Rejected send message|permission denied|access is denied|passphrase .*not correct|user canceled/i,
    code: "keyring_denied",
    why: "the keyring refuses this program",
  },
  {
    pattern: /autolaunch|failed to connect|could not connect|address does not|no D-?Bus session|no secret service/i,
    code: "keyring_missing",
    why: "there is no system keyring (no D-Bus session)",
  },
  {
    pattern:
      /Error\.ServiceUnknown|not provided by any|Error\.Spawn|exited with status|NameHasNoOwner|keychain could not be found|LOGON_SESSION/i,
    code: "keyring_missing",
    why: "there is no system keyring in this session",
  },
  {
    pattern: /native binding|cannot find (module|package)/i,
    code: "keyring_missing",
    why: "the binding to the system's keyring is not installed for this platform",
  },
  { pattern: /platform limit|too long/i, code: "store_too_large", why: "it is larger than the keyring can keep" },
  {
    pattern: /valid UTF-8|UTF-8 encoded|matched by/i,
    code: "store_corrupt",
    why: "another program's entry is in its place",
  },
];

function messageOf(error: unknown): string {
  return isError(error) ? error.message : "";
}
