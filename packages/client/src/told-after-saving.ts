import type { AuthEvent, OnEvent } from "@org/auth-core";

/**
 * A listener in two parts: what `during` is told of a renewal's requests is passed on when `around`, which is told of the
 * renewal itself, hears that it has ended. By then what the server has given is saved, and a listener that throws, which
 * may end the process, costs no login.
 */
export function toldAfterSaving(onEvent: OnEvent): { readonly around: OnEvent; readonly during: OnEvent } {
  const waiting: AuthEvent[] = [];
  return {
    during: (event) => void waiting.push(event),
    around(event) {
      onEvent(event);
      if (event.type === "renewal-ended") for (const one of waiting.splice(0)) onEvent(one);
    },
  };
}
