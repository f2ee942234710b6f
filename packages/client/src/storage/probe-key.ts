import type { CredentialKey } from "@org/auth-core";
import type { StoreKind } from "./store-kind.ts";

const issuer = "probe:";

/**
 * The key of what a store of that kind is tried with. One for each: a store whose person is asked for something must not
 * keep the others waiting.
 */
export function probeKey(kind: StoreKind): CredentialKey {
  return { issuer, clientId: "probe", profile: kind };
}

/** Whether it is what a store has been tried with, which a process that was killed may have left. It is no login. */
export function isProbe(key: CredentialKey): boolean {
  return key.issuer === issuer;
}
