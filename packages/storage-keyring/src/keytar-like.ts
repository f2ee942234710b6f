/**
 * A keyring, in the shape of keytar's five functions: `keytar` and `@github/keytar` are keyrings as they are. An entry
 * is a secret text under the name of a service and of an account.
 *
 * What a keyring rejects with is its own. {@link boundedKeyring} makes the errors of this toolkit of it, and ends what
 * would never end.
 */
export interface KeytarLike {
  /** The secret, or `null` when there is none. Some keyrings say `null` when they are locked, too. */
  getPassword(service: string, account: string): Promise<string | null>;
  /** Keeps a secret in place of the one before. */
  setPassword(service: string, account: string, password: string): Promise<void>;
  /** Whether there was one to delete. */
  deletePassword(service: string, account: string): Promise<boolean>;
  /** Some secret of the service, or `null` when there is none. */
  findPassword(service: string): Promise<string | null>;
  /** All accounts of the service with their secrets. */
  findCredentials(service: string): Promise<readonly FoundEntry[]>;
}

/** One entry of a service. */
export interface FoundEntry {
  readonly account: string;
  /** Secret. */
  readonly password: string;
}
