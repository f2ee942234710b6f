import type { CredentialKey } from "./credential-key.ts";
import type { Credential } from "./credential.ts";

/**
 * Says what a credential is to become. It gets what is kept now (`undefined`: nothing) and returns what is to be kept
 * (`undefined`: nothing more). Returning the very object it got keeps everything as it is, with no write.
 */
export type Change = (current: Credential | undefined) => Credential | undefined | Promise<Credential | undefined>;

/**
 * Keeps credentials. What an implementation promises is the contract in `@org/auth-core/store-contract`, as data that
 * any test runner can run.
 */
export interface CredentialStore {
  /** What is kept for `key`, or `undefined`. Rejects with {@link StoreError} when something is kept but unreadable. */
  read(key: CredentialKey): Promise<Credential | undefined>;

  /**
   * Runs `change` while no other caller, in this process or another, can change `key`, keeps what it returns and
   * resolves with that. When `change` throws, nothing changes and the error is passed on. What was kept is on durable
   * storage before this resolves. Other keys do not wait. Rejects with {@link StoreError} when the store cannot be
   * locked in time, read or written, and (`store_too_large`) for more than it can keep whole.
   */
  update(key: CredentialKey, change: Change): Promise<Credential | undefined>;

  /** The keys of all that is kept, in no order. */
  list(): Promise<readonly CredentialKey[]>;
}
