import type { CredentialKey } from "@org/auth-core";

const issuer = "probe:";

/** Nothing is tried for as long as this: an hour. */
const staleMs = 3_600_000;

/** A key of its own to try a store with, so that those who try one at the same time need no lock and do not wait. */
export function probeKey(nowMs: number = Date.now()): CredentialKey {
  return { issuer, clientId: String(nowMs), profile: crypto.randomUUID() };
}

/** Whether it is what a store has been tried with, which a process that was killed may have left. It is no login. */
export function isProbe(key: CredentialKey): boolean {
  return key.issuer === issuer;
}

/** Whether it is a probe that nobody works with any more. */
export function isStaleProbe(key: CredentialKey, nowMs: number = Date.now()): boolean {
  return isProbe(key) && !(Number(key.clientId) > nowMs - staleMs);
}
