import type { OnEvent } from "@org/auth-core";
import type { HttpOptions } from "@org/auth-flows";
import type { Environment } from "./environment.ts";
import { published } from "./event-channel.ts";
import type { Product } from "./product.ts";
import { siteFetch } from "./site-fetch.ts";
import type { Site } from "./site.ts";

export interface SiteHttpOptions {
  readonly product: Product;
  readonly env?: Environment | undefined;
  readonly fetch?: typeof globalThis.fetch | undefined;
  readonly now?: (() => number) | undefined;
  readonly onEvent?: OnEvent | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How a site's authorization server is asked: through the site's proxy, by its quirks and in the product's name. */
export function siteHttp(
  site: Site | undefined,
  { product, env, fetch, onEvent, ...options }: SiteHttpOptions,
): HttpOptions {
  const { clockToleranceMs, jsonTokenRequests } = site ?? {};
  return {
    ...options,
    onEvent: published(onEvent),
    fetch: siteFetch(site, { env, fetch }),
    userAgent: product.userAgent ?? product.name,
    clockToleranceMs,
    jsonTokenRequests,
  };
}
