import { tell, type OnEvent } from "@org/auth-core";

/**
 * The channel of `node:diagnostics_channel` that every event of every client, session and source in this process is
 * published on: the very object that `onEvent` gets, an `AuthEvent` of `@org/auth-core`.
 */
export const eventChannel = "org-auth:event";

/** Tells `onEvent`, and whoever has subscribed to {@link eventChannel}. Each event is to go through one of these only. */
export function published(onEvent: OnEvent | undefined): OnEvent {
  return (event) => {
    tell(onEvent, event);
    // Which does nothing where nobody has subscribed.
    process.getBuiltinModule("node:diagnostics_channel").channel(eventChannel).publish(event);
  };
}
