import type { Client } from "./client.ts";
import { createClient, type ClientOptions } from "./create-client.ts";
import { withoutCredentialFor } from "./credential-options.ts";

/**
 * What a product's package exports: a function that makes clients for its API. Each takes the options of `createClient`,
 * which win over the product's `defaults` one by one; extra headers win by name, `baseUrl` and `domain` are one, and a
 * credential takes the place of any other.
 */
export function defineClient(defaults: ClientOptions): (options?: ClientOptions) => Client {
  return (options = {}) => {
    const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
    const isPlaced = options.baseUrl !== undefined || options.domain !== undefined;
    return createClient({
      ...withoutCredentialFor(defaults, options),
      ...(isPlaced && { baseUrl: undefined, domain: undefined }),
      ...given,
      extraHeaders: { ...defaults.extraHeaders, ...options.extraHeaders },
    });
  };
}
