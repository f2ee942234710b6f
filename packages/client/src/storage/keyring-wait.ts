/** How long the keyring may take, in milliseconds: longer where a person may have to answer its prompt first. */
export function keyringWaitMs(isAtTerminal: boolean): number {
  return isAtTerminal ? 60_000 : 3_000;
}

/** What that person is told meanwhile, in one line. `timeoutMs` is how long the keyring may take. */
export function keyringWaitWords(timeoutMs: number): string {
  return `waiting for the keyring, for up to ${timeoutMs / 1000} s: it may be asking to be unlocked`;
}

/** Whether this process has a person: one who can type, and sees what is said meanwhile. */
export function isAtTerminal(): boolean {
  const { isatty } = process.getBuiltinModule("node:tty"); // It loads streams and sockets.
  return isatty(0) && isatty(2);
}
