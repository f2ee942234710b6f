/** Gives up a response whose body nobody will read, so that its connection is not held. */
export function discard({ body }: Response): void {
  // Nobody waits for it, and a body that has broken already needs no cancelling.
  body?.cancel().catch(() => undefined);
}
