import type { AuthEvent, OnEvent } from "./events.ts";

/** Tells of an event. A listener that throws is no concern of whoever renews a login: its error comes up by itself. */
export function tell(onEvent: OnEvent | undefined, event: AuthEvent): void {
  try {
    onEvent?.(event);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
