import { AuthError, type TokenSource } from "@org/auth-core";
import type { SenderOptions } from "./authorized-sender.ts";
import { clientHeaders, type ClientHeaderOptions } from "./client-headers.ts";
import { published } from "./event-channel.ts";
import { defaultProduct } from "./product.ts";
import { loginCommand } from "./providers/stored-login.ts";
import type { Resolution, ResolveOptions } from "./resolve.ts";
import { readSettings } from "./settings.ts";
import type { Session } from "./session.ts";
import { siteFetch } from "./site-fetch.ts";
import { sourceOf } from "./source-of.ts";
import { isOfStranger } from "./strangers-key.ts";

export interface ClientTargetOptions
  extends ClientHeaderOptions, Omit<ResolveOptions, "apiUrl">, Pick<SenderOptions, "onStepUp"> {
  /** More origins where tokens may go. Default: none. */
  readonly origins?: readonly string[] | undefined;
  /**
   * Makes the tokens; then no place is searched for a credential. A session also knows whose they are. Default: what
   * `resolve` finds with these options.
   */
  readonly source?: (TokenSource & Partial<Pick<Session, "getAccount">>) | undefined;
}

/** Where a client's requests go, and how. */
export interface ClientTarget {
  readonly baseUrl: string;
  /** Makes its tokens. */
  readonly source: TokenSource;
  readonly sender: SenderOptions;
  /** What the client says to the API as `Api-Version`. Absent: nothing. */
  readonly apiVersion: string | undefined;
  /** The command that signs in here. Absent: the caller's own source makes the tokens, and no login of ours. */
  readonly loginCommand: string | undefined;
  /** It is of nobody, and by the next request somebody may have signed in. */
  readonly isPassing: boolean;
}

/**
 * Looks up where requests go, and how. Where the caller has said both the API and what makes its tokens, no setting is
 * read but the environment's proxies. `find` is how a credential is found.
 *
 * Rejects with {@link AuthError}: as `readSettings` does; as `resolve` does, when only the credential says where its API
 * is; `config_missing` when nothing does.
 */
export async function clientTarget(
  options: ClientTargetOptions,
  known: string | undefined,
  find: () => Promise<Resolution>,
): Promise<ClientTarget> {
  const { product = defaultProduct, source, auth, origins = [] } = options;
  const isFound = source === undefined && known === undefined;
  const resolution = isFound ? await find() : undefined;
  const isGiven = source !== undefined && known !== undefined;
  const settings = isGiven
    ? undefined
    : (resolution?.settings ?? (await readSettings(product, { ...options, apiUrl: known }, options)));
  const baseUrl = known ?? (resolution === undefined ? settings?.apiUrl : resolution.api?.baseUrl);
  if (baseUrl === undefined) {
    throw new AuthError("config_missing", "nothing says where the API is", {
      hint: `pass baseUrl or domain, or set ${product.envPrefix}API_URL or a site's api_url`,
    });
  }
  // What the program says of itself may be a secret, and is not for an API that a stranger names.
  const isStrangers = resolution !== undefined && isOfStranger(resolution.found, resolution.settings);
  const own = isStrangers ? { ...options, extraHeaders: undefined, clientHostname: undefined } : options;
  const headers = await clientHeaders(own, settings);
  let found = resolution;
  const findNoted = async (): Promise<Resolution> => (found = await find());
  return {
    baseUrl: baseUrl.endsWith("/") ? baseUrl : `${baseUrl}/`,
    source: source ?? sourceOf(findNoted, baseUrl),
    sender: {
      origins: [baseUrl, ...origins, ...(resolution?.api?.origins ?? [])],
      auth,
      onStepUp: options.onStepUp,
      now: options.now,
      onEvent: published(options.onEvent),
      loginCommand: () => found?.loginCommand,
      headers,
      fetch: options.fetch ?? siteFetch(settings?.site, options),
    },
    apiVersion: headers.get("api-version") ?? undefined,
    loginCommand: settings && source === undefined ? loginCommand(product, settings) : undefined,
    isPassing: auth === "optional" && resolution?.found.credential.kind === "anonymous",
  };
}
