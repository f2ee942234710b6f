/** The program of the child process that `childKeyring` starts: it asks the keyring what it is told to. */
import type { KeytarLike } from "./keytar-like.ts";
import { nativeKeyring } from "./native-keyring.ts";

/** One of the five functions. */
export type Method = keyof KeytarLike;

/** What the child is asked. */
export interface Question {
  readonly id: number;
  readonly method: Method;
  readonly args: readonly string[];
}

/** What it answers. */
export interface Answer {
  readonly id: number;
  readonly value?: unknown;
  /** The text of what the keyring rejected with, for `keyringFailure` alone. Absent: it resolved. */
  readonly error?: string | undefined;
}

const keyring = nativeKeyring();

process.on("message", (message) => {
  const { id, method, args } = message as Question;
  const call = keyring[method] as (...args: readonly string[]) => Promise<unknown>;
  call(...args).then(
    (value) => answer({ id, value }),
    (error: unknown) => answer({ id, error: error instanceof Error ? error.message : "" }),
  );
});

// Nobody listens any more, and a call that waits for a person would keep this process for ever.
process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));

function answer(message: Answer): void {
  process.send?.(message);
}
