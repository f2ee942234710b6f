import { AuthError, secureUrl } from "@org/auth-core";
import { wholeText } from "./whole-body.ts";
import { challengesOf } from "./challenge.ts";
import { shownUrl } from "./shown-url.ts";

/** What an API says about itself. */
export interface ResourceMetadata {
  /** Its resource identifier, for `resource` in token requests (RFC 8707). */
  readonly resource: string;
  /** The issuers whose tokens it takes. Whoever signs in at one has to trust it for another reason than this. */
  readonly authorizationServers: readonly string[];
  /** Empty: it does not say. */
  readonly scopesSupported: readonly string[];
}

export interface ReadResourceMetadataOptions {
  /** Default: `globalThis.fetch`. It must add no credential. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** How long it may take, in milliseconds. Default: 10,000. */
  readonly timeoutMs?: number | undefined;
}

const mostBytes = 64 * 1024;

/**
 * Asks an API for the metadata that its refusal names, with no token: an answer, or the `response` of an error that was
 * made of one. Nothing here does so by itself. `undefined`: the answer names none.
 *
 * Rejects with {@link AuthError}: `insecure_endpoint` where it is not `https:` (or `http:` on the loopback),
 * `host_not_allowed` where it is at another origin than the API, or for another, `bad_response`, `network`, `timeout`. With
 * `TypeError` for a response that was made by hand, which has no address.
 *
 * @see [RFC 9728 section 5](https://www.rfc-editor.org/rfc/rfc9728#section-5)
 */
export async function readResourceMetadata(
  refusal: Response,
  { fetch = globalThis.fetch, timeoutMs = 10_000 }: ReadResourceMetadataOptions = {},
): Promise<ResourceMetadata | undefined> {
  const named = challengesOf(refusal).find(({ parameters }) => parameters.has("resource_metadata"));
  const text = named?.parameters.get("resource_metadata");
  if (text === undefined) return undefined;
  const origin = URL.parse(refusal.url)?.origin;
  if (origin === undefined) throw new TypeError("the refusal has no address: it is not as fetch has given it");
  const url = secureUrl(text);
  if (url === undefined) throw new AuthError("insecure_endpoint", `${origin} names metadata at no https: address`);
  requireOrigin(url, origin, "names metadata at");

  const doing = `asking ${shownUrl(url)} for the API's metadata`;
  const signal = AbortSignal.timeout(timeoutMs);
  const init: RequestInit = {
    signal,
    redirect: "manual",
    credentials: "omit",
    headers: { accept: "application/json" },
  };
  let response: Response;
  let body: string;
  try {
    response = await fetch(url.href, init);
    body = response.status === 200 ? await wholeText(response, { maxBytes: mostBytes }) : "";
  } catch (error) {
    const { fetchFailure } = await import("@org/auth-flows");
    throw fetchFailure(error, url.host);
  }
  if (response.status !== 200) throw new AuthError("bad_response", `${doing}: ${String(response.status)}`);
  const fields = fieldsOf(body);
  const resource = fields.get("resource");
  const resourceUrl = typeof resource === "string" ? URL.parse(resource) : null;
  if (typeof resource !== "string" || resourceUrl === null) {
    throw new AuthError("bad_response", `${doing}: it is no metadata of an API`);
  }
  requireOrigin(resourceUrl, origin, "has metadata for");
  return {
    resource,
    authorizationServers: textsOf(fields.get("authorization_servers")),
    scopesSupported: textsOf(fields.get("scopes_supported")),
  };
}

function requireOrigin({ origin }: URL, expected: string, what: string): void {
  if (origin !== expected) throw new AuthError("host_not_allowed", `${expected} ${what} another origin, ${origin}`);
}

function fieldsOf(body: string): ReadonlyMap<string, unknown> {
  try {
    const json: unknown = JSON.parse(body);
    return new Map(typeof json === "object" && json !== null ? Object.entries(json) : []);
  } catch {
    return new Map();
  }
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((text) => typeof text === "string") : [];
}
