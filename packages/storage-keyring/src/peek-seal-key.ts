import { StoreError } from "@org/auth-core";
import { exitDespite } from "./exit-despite.ts";
import { findBinding } from "./find-binding.ts";
import { keyringFailure } from "./keyring-failure.ts";
import { pinned } from "./pinned.ts";
import { parseSealKey, sealAccount } from "./seal-key.ts";

export interface PeekSealKeyOptions {
  /** The name of the product, under which the keyring keeps the key. */
  readonly service: string;
  /** That of the program, which depends on this package; not through a symbolic link. */
  readonly folder: string;
  /**
   * How long the keyring may take, in milliseconds. A function is asked for it, once, when a second has passed: to find
   * out whether there is a person takes time. Default: 3,000.
   */
  readonly timeoutMs?: number | (() => number) | undefined;
}

/** When a keyring that works would have answered long ago, in milliseconds. */
const waitMs = 1000;

/**
 * The key of a `keyringSeal`, got in this very process and with hardly any code: for programs whose whole work this is.
 * A keyring that hangs stops the event loop for two seconds; a call that was given up still takes up a thread, so such a
 * program must end by `process.exit()`.
 *
 * `undefined` is no answer: the seal itself tells why. Rejects with {@link StoreError} as a `boundedKeyring` does; after
 * `keyring_hung`, whoever asks again waits as long again.
 */
export async function peekSealKey(options: PeekSealKeyOptions): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const { service, folder, timeoutMs = 3000 } = options;
  const path = findBinding(folder);
  if (path === undefined) return undefined;
  const binding = { exports: {} as typeof import("@napi-rs/keyring") };
  process.dlopen(binding, path);

  const what = `cannot read the entry ${sealAccount} of ${service} in the keyring`;
  const { promise: deadline, reject } = Promise.withResolvers<never>();
  const giveUp = (afterMs: number): void => {
    reject(new StoreError("keyring_hung", `${what}: the keyring did not answer within ${afterMs / 1000} s`));
  };
  const askHowLong = (ask: () => number): void => {
    const afterMs = ask();
    timer = setTimeout(giveUp, afterMs - waitMs, afterMs);
  };
  let timer =
    typeof timeoutMs === "number"
      ? setTimeout(giveUp, timeoutMs, timeoutMs)
      : setTimeout(askHowLong, waitMs, timeoutMs);
  try {
    const entry = new binding.exports.AsyncEntry(service, sealAccount, pinned);
    // The synchronous call would wait here, for ever, where nobody answers a prompt to unlock the keyring.
    const text = await Promise.race([exitDespite()(entry.getPassword()), deadline]);
    return typeof text === "string" ? parseSealKey(text) : undefined;
  } catch (error) {
    throw keyringFailure(error, what);
  } finally {
    clearTimeout(timer);
  }
}
