import { AuthError, type TokenSource } from "@org/auth-core";
import { authorizedSender, type SenderOptions } from "./authorized-sender.ts";
import { clientHeaders, type ClientHeaderOptions } from "./client-headers.ts";
import { sourceOf } from "./default-source.ts";
import { defaultProduct } from "./product.ts";
import { loginCommand } from "./providers/stored-login.ts";
import type { Resolution, ResolveOptions } from "./resolve.ts";
import { readSettings } from "./settings.ts";
import { siteFetch } from "./site-fetch.ts";

export interface ClientTargetOptions
  extends ClientHeaderOptions, Omit<ResolveOptions, "apiUrl">, Pick<SenderOptions, "onStepUp"> {
  /** More origins where tokens may go. Default: none. */
  readonly origins?: readonly string[] | undefined;
  /** Makes the tokens; then no place is searched for a credential. Default: what `resolve` finds with these options. */
  readonly source?: TokenSource | undefined;
}

/** Where a client's requests go, and what carries them there. */
export interface ClientTarget {
  readonly baseUrl: string;
  readonly send: ReturnType<typeof authorizedSender>;
  /** What the client says to the API as `Api-Version`. Absent: nothing. */
  readonly apiVersion: string | undefined;
  /** Absent: no settings were read. */
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
  onOther: SenderOptions["onOther"],
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
  const headers = await clientHeaders(options, settings);
  return {
    baseUrl: baseUrl.endsWith("/") ? baseUrl : `${baseUrl}/`,
    send: authorizedSender(source ?? sourceOf(find, baseUrl), {
      origins: [baseUrl, ...origins, ...(resolution?.api?.origins ?? [])],
      auth,
      onStepUp: options.onStepUp,
      onOther,
      headers,
      fetch: options.fetch ?? siteFetch(settings?.site, options),
    }),
    apiVersion: headers.get("api-version") ?? undefined,
    loginCommand: settings && loginCommand(product, settings),
    isPassing: auth === "optional" && resolution?.found.credential.kind === "anonymous",
  };
}
