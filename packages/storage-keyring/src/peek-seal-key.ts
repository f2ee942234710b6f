import { exitDespite } from "./exit-despite.ts";
import { findBinding } from "./find-binding.ts";
import { pinned } from "./pinned.ts";
import { parseSealKey, sealAccount } from "./seal-key.ts";

export interface PeekSealKeyOptions {
  /** The name of the product, under which the keyring keeps the key. */
  readonly service: string;
  /** That of the program, which depends on this package; not through a symbolic link. */
  readonly folder: string;
  /** How long the keyring may take, in milliseconds. Default: 3,000. */
  readonly timeoutMs?: number | undefined;
}

/**
 * The key of a `keyringSeal`, got in this very process and with hardly any code: for programs whose whole work this is.
 * A keyring that hangs stops the event loop for two seconds; a call that was given up still takes up a thread, so such a
 * program must end by `process.exit()`.
 *
 * `undefined`, or a rejection with the binding's own error, is no answer: the seal itself tells why.
 */
export async function peekSealKey(options: PeekSealKeyOptions): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const { service, folder, timeoutMs = 3000 } = options;
  const path = findBinding(folder);
  if (path === undefined) return undefined;
  const binding = { exports: {} as typeof import("@napi-rs/keyring") };
  process.dlopen(binding, path);

  const entry = new binding.exports.AsyncEntry(service, sealAccount, pinned);
  const { promise: deadline, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(resolve, timeoutMs, undefined);
  try {
    // The synchronous call would wait here, for ever, where nobody answers a prompt to unlock the keyring.
    const text = await Promise.race([exitDespite()(entry.getPassword()), deadline]);
    return typeof text === "string" ? parseSealKey(text) : undefined;
  } finally {
    clearTimeout(timer);
  }
}
