import { defaultProduct, type Product } from "./product.ts";
import type { Settings } from "./settings.ts";

/** What a client says of itself to its API, in headers that never take the place of a request's own. */
export interface ClientHeaderOptions {
  /** Default: {@link defaultProduct}. */
  readonly product?: Product | undefined;
  /** `User-Agent`. Browsers send their own. Default: the product's. */
  readonly userAgent?: string | undefined;
  /** `Api-Version`. Default: what the settings say, else none. */
  readonly apiVersion?: string | undefined;
  /** More of them, by name. Default: what the settings say. */
  readonly extraHeaders?: Readonly<Record<string, string>> | undefined;
  /**
   * Send the name of this machine as `X-Client-Hostname`: as it is, or `hashed`, which tells machines apart and is no
   * secret, because names can be guessed. Default: it is not sent.
   */
  readonly clientHostname?: "hashed" | "plain" | undefined;
}

/** The headers of every request to the API. What the client says of itself wins over extra ones of the same name. */
export async function clientHeaders(
  { product = defaultProduct, userAgent, apiVersion, extraHeaders = {}, clientHostname }: ClientHeaderOptions,
  settings: Settings | undefined,
): Promise<Headers> {
  const headers = new Headers(settings?.extraHeaders);
  for (const [name, value] of Object.entries(extraHeaders)) headers.set(name, value);
  const version = apiVersion ?? settings?.apiVersion;
  if (version !== undefined) headers.set("api-version", version);
  if (!isBrowser()) headers.set("user-agent", userAgent ?? product.userAgent ?? product.name);
  if (clientHostname !== undefined) headers.set("x-client-hostname", await hostname(clientHostname));
  return headers;
}

async function hostname(form: "hashed" | "plain"): Promise<string> {
  const os = await import("node:os");
  const name = os.hostname().replace(/\.local$/, "");
  if (form === "plain") return encodeURIComponent(name);
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(`hostname:${name}`));
  return Buffer.from(hash, 0, 16).toString("base64url");
}

function isBrowser(): boolean {
  return "navigator" in globalThis && globalThis.navigator.userAgent.startsWith("Mozilla/5.0");
}
