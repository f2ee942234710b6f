export { boundedKeyring, type BoundedKeyring, type BoundedKeyringOptions } from "./bounded-keyring.ts";
export { keyringSeal, type KeyringSealOptions } from "./keyring-seal.ts";
export { keyringStore, type KeyringStoreOptions } from "./keyring-store.ts";
export type { FoundEntry, KeytarLike } from "./keytar-like.ts";
export { peekSealKey, type PeekSealKeyOptions } from "./peek-seal-key.ts";
export { systemKeyring, type SystemKeyringOptions } from "./system-keyring.ts";
