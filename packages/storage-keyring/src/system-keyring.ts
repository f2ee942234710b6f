import { boundedKeyring, type BoundedKeyring } from "./bounded-keyring.ts";
import { childKeyring } from "./child-keyring.ts";
import { nativeKeyring } from "./native-keyring.ts";

export interface SystemKeyringOptions {
  /**
   * How long one call may take, in milliseconds. Give a person who may be asked to unlock the keyring more than a
   * program without a terminal: such as 60,000. Default: 3,000.
   */
  readonly timeoutMs?: number | undefined;
  /**
   * Told once, when a call has taken a second, of how long one may take, in milliseconds: a person may have to answer
   * the keyring's prompt. Default: nobody.
   */
  readonly onWait?: ((timeoutMs: number) => void) | undefined;
  /**
   * Call the keyring in a child process that can be ended. `false` saves starting it, and is for programs that make
   * one call and end: a service that hangs stops the event loop for two seconds, and a call that was given up still
   * takes up a thread until it ends, so such a program must end by `process.exit()`. Default: true.
   */
  readonly inChildProcess?: boolean | undefined;
  /** The environment of the child process, where it learns how to reach the keyring. Default: `process.env`. */
  readonly env?: Readonly<NodeJS.ProcessEnv> | undefined;
}

/**
 * The operating system's keyring: the Secret Service on Linux (never the kernel's keyring, which a restart empties),
 * the Keychain on macOS, the Credential Manager on Windows. Making it does nothing; the native module is loaded by the
 * first call.
 *
 * Every call ends in time, and rejects as those of {@link boundedKeyring} do.
 */
export function systemKeyring(options: SystemKeyringOptions = {}): BoundedKeyring {
  const { timeoutMs, onWait, inChildProcess = true, env = process.env } = options;
  if (!inChildProcess) return boundedKeyring(nativeKeyring(), { timeoutMs, onWait });
  const { keyring, kill } = childKeyring(env);
  return boundedKeyring(keyring, { timeoutMs, onWait, onHung: kill });
}
