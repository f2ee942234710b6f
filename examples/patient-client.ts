import type { Client, ClientOptions } from "@org/auth-client";
import { acme } from "./acme-client.ts";

/** A client for reports: each takes a minute to be made, and is asked for twice at most. */
export function acmeReports(options: ClientOptions = {}): Client {
  return acme({ ...options, ky: { timeout: 90_000, totalTimeout: 200_000, retry: 1 } });
}
