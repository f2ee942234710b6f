import { printable, StoreError } from "@org/auth-core";
import { isGone, keyringFailure } from "./keyring-failure.ts";
import type { KeytarLike } from "./keytar-like.ts";

export interface BoundedKeyringOptions {
  /**
   * How long one call may take, in milliseconds, by a clock that cannot be set. A person who is asked to unlock the
   * keyring needs more, such as 60,000. Default: 3,000.
   */
  readonly timeoutMs?: number | undefined;
  /** Told when a call took longer, to end what may go on without us. Default: nobody. */
  readonly onHung?: (() => void) | undefined;
  /**
   * Told once, when a call has taken a second, of how long one may take, in milliseconds: a person may have to answer
   * the keyring's prompt. Default: nobody.
   */
  readonly onWait?: ((timeoutMs: number) => void) | undefined;
}

/** When a keyring that works would have answered long ago, in milliseconds. */
const waitMs = 1000;

/** A keyring whose calls all end. */
export interface BoundedKeyring extends KeytarLike {
  /** How long one call may take, in milliseconds. */
  readonly timeoutMs: number;
}

/**
 * A keyring whose calls all end, and reject with {@link StoreError} alone: `keyring_missing`, `keyring_locked`,
 * `keyring_denied`, `keyring_hung` (also when the time is over), `store_too_large`, `store_corrupt` or
 * `store_unavailable`. None carries what the keyring said. A call during which the keyring's service died is made once
 * more.
 *
 * The caller goes on when the time is over, but native code does not end for that: as long as it waits for an answer
 * it takes up a thread, and Node cannot exit. What `systemKeyring` gives has no such trouble.
 *
 * Given one that is bounded already, and no other time, it gives that back.
 */
export function boundedKeyring(
  keyring: BoundedKeyring | KeytarLike,
  options: BoundedKeyringOptions = {},
): BoundedKeyring {
  if ("timeoutMs" in keyring && keyring.timeoutMs === (options.timeoutMs ?? keyring.timeoutMs)) return keyring;
  const { timeoutMs = 3000, onHung, onWait } = options;
  let isWaitTold = false;

  async function bounded<Result>(what: string, call: () => Promise<Result>): Promise<Result> {
    let isOver = false;
    const attempt = async (): Promise<Result> => {
      try {
        return await call();
      } catch (error) {
        if (isOver || !isGone(error)) throw error;
        return await call();
      }
    };
    const { promise: deadline, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      isOver = true;
      onHung?.();
      reject(new StoreError("keyring_hung", `${what}: the keyring did not answer within ${timeoutMs / 1000} s`));
    }, timeoutMs);
    const waiting = setTimeout(() => {
      if (!isWaitTold) onWait?.(timeoutMs);
      isWaitTold = true;
    }, waitMs);
    try {
      return await Promise.race([attempt(), deadline]);
    } catch (error) {
      throw keyringFailure(error, what);
    } finally {
      clearTimeout(timer);
      clearTimeout(waiting);
    }
  }

  return {
    timeoutMs,
    getPassword: (service, account) =>
      bounded(`cannot read ${nameOf(service, account)}`, () => keyring.getPassword(service, account)),
    setPassword: (service, account, password) =>
      bounded(`cannot write ${nameOf(service, account)}`, () => keyring.setPassword(service, account, password)),
    deletePassword: (service, account) =>
      bounded(`cannot delete ${nameOf(service, account)}`, () => keyring.deletePassword(service, account)),
    findPassword: (service) => bounded(`cannot search ${nameOf(service)}`, () => keyring.findPassword(service)),
    findCredentials: (service) => bounded(`cannot search ${nameOf(service)}`, () => keyring.findCredentials(service)),
  };
}

function nameOf(service: string, account?: string): string {
  const entry = account === undefined ? "the entries" : `the entry ${printable(account, 200)}`;
  return `${entry} of ${printable(service, 100)} in the keyring`;
}
