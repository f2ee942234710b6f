/** Ctrl-C, a polite end, and a terminal that was closed. */
export type EndingSignal = "SIGHUP" | "SIGINT" | "SIGTERM";

/** The reason of the signal by which a command is told that its process is to end. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
  readonly signal: EndingSignal;

  constructor(signal: EndingSignal) {
    super(`ended by ${signal}`);
    this.signal = signal;
  }
}
