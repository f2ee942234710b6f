import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { eventChannel } from "@org/auth-client";
import type { AuthEvent } from "@org/auth-core";
import type { Level, Logger } from "pino";

/** Logs what happens to the credentials of this process, until what it gives is called. */
export function logAuthEvents(log: Logger): () => void {
  function write(message: unknown): void {
    const event = message as AuthEvent; // Nothing else is published there.
    const { type, ...facts } = event;
    // pino knows an error by this name: its code, message, hint and stack.
    const error = "error" in event ? { error: undefined, err: event.error } : {};
    log[levelOf(event)]({ type, ...facts, ...error }, `org-auth: ${type}`);
  }
  subscribe(eventChannel, write);
  return () => void unsubscribe(eventChannel, write);
}

function levelOf(event: AuthEvent): Level {
  switch (event.type) {
    case "renewal-started":
    case "token-withheld":
      return "debug";
    case "credential-found":
    case "signed-in":
      return "info";
    case "clock-skewed":
    case "renewal-postponed":
    case "scopes-narrowed":
      return "warn";
    case "token-refused":
      return event.outcome === "replaced" ? "info" : "warn";
    case "renewal-ended":
      if (event.outcome === "failed") return "warn"; // Whoever waited for the token has got the error.
      return event.outcome === "login-ended" || event.outcome === "unsaved" ? "error" : "info";
  }
}
