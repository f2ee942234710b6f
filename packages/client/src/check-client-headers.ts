import type { ClientHeaderOptions } from "./client-headers.ts";
import { checkExtraHeaders } from "./extra-headers.ts";

/** Throws `TypeError` when one of the options cannot be a header. */
export function checkClientHeaders({ extraHeaders = {}, userAgent, apiVersion }: ClientHeaderOptions): void {
  checkExtraHeaders(extraHeaders, (why) => new TypeError(`extraHeaders: ${why}`));
  for (const [name, value = ""] of Object.entries({ userAgent, apiVersion })) {
    if (!/^[\x20-\x7e]*$/.test(value)) throw new TypeError(`${name} has characters that no header can carry`);
  }
}
