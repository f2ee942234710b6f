/**
 * Where logins can be kept:
 * - `keyring`: in files, sealed with a key that the operating system's keyring keeps;
 * - `passphrase`: in files, sealed with a passphrase;
 * - `file`: in files that only their owner can read;
 * - `memory`: nowhere; they end with the process.
 */
export type StoreKind = "file" | "keyring" | "memory" | "passphrase";

/** All kinds, best first. The first is the default; a lower one is taken only when somebody says so. */
export const storeKinds: readonly StoreKind[] = ["keyring", "passphrase", "file", "memory"];
