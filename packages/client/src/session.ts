import {
  abortable,
  apiKey,
  AuthError,
  isAuthError,
  LoginRequiredError,
  type AccessToken,
  type Account,
  type GetTokenOptions,
  type TokenSource,
} from "@org/auth-core";
import type { DeviceAuthorization, LandingPage } from "@org/auth-flows";
import { openBrowser } from "./open-browser.ts";
import { defaultProduct } from "./product.ts";
import { resolve, type Resolution, type ResolveOptions } from "./resolve.ts";
import { readSettings } from "./settings.ts";
import { knownServer } from "./sign-in/known-server.ts";
import { keepSignIn } from "./sign-in/keep-sign-in.ts";
import { signInByBrowser, signInByDevice } from "./sign-in/sign-in.ts";
import { siteHttp } from "./site-http.ts";
import type { Site } from "./site.ts";
import { forgetLogin, probeStore } from "./storage/keep-login.ts";
import { openStorage } from "./storage/open-storage.ts";
import { ladderStore } from "./storage/storage.ts";

export interface SessionOptions extends Omit<ResolveOptions, "auth" | "store"> {
  /** How a person signs in when there is no credential. Default: through a browser that is opened here. */
  readonly signIn?: BrowserWay | DeviceWay | undefined;
  /** Keep tokens in memory alone: nothing is read from disk or written there. Default: false. */
  readonly noCache?: boolean | undefined;
}

export interface BrowserWay {
  readonly flow: "browser";
  /** Told the address, and whether a browser has been opened at it. Default: where none can be opened, the sign-in fails. */
  readonly show?: ((url: string, isOpened: boolean) => Promise<void> | void) | undefined;
  /** Opens the browser; `false`: there is none. Default: `$BROWSER`, or the system's own opener. */
  readonly open?: ((url: string) => boolean) | undefined;
  /** What the browser shows in the end. Default: the site's own pages, or a plain one. */
  readonly landingPage?: LandingPage | undefined;
  /** How long the person may take, in milliseconds. Default: five minutes. */
  readonly timeoutMs?: number | undefined;
}

export interface DeviceWay {
  readonly flow: "device";
  /** Brings the code and the address to the person. */
  readonly show: (authorization: DeviceAuthorization) => Promise<void> | void;
}

/** A person's use of one site in one program: a source of tokens that asks the person to sign in when it must. */
export interface Session extends TokenSource {
  /** The token itself, good for a request now. Call it for every request: it renews and, where it must, signs in. */
  getAccessToken(options?: GetTokenOptions): Promise<string>;
  /** Who has signed in. `undefined`: nobody has, or the credential names no one. It signs nobody in. */
  getAccount(): Promise<Account | undefined>;
  /** Removes all that this program has of the site's client: from memory, and every login of it from the disk. */
  destroyTokens(): Promise<void>;
}

/**
 * Opens a session. Nothing is looked up before the first token is asked for; then the search is `resolve`'s. Where that
 * finds nothing, or a login that has ended, a person is asked to sign in, once however many callers wait.
 *
 * Rejects as `resolve` and its source do, and as the sign-in does: `config_missing` when nothing says where to sign in,
 * `wrong_account`, `access_denied`, `login_timeout`. A caller's `signal` ends that caller's wait; the sign-in goes on for
 * the others.
 */
export function openSession(options: SessionOptions = {}): Session {
  const { product = defaultProduct, env = process.env, noCache = false, signIn = { flow: "browser" } } = options;
  const storage = openStorage({ product, env, ...(noCache && { kind: "memory" }) });
  const store = ladderStore(storage);
  let found: Promise<Resolution> | undefined;
  let signingIn: Promise<void> | undefined;

  async function find(): Promise<Resolution> {
    try {
      return await resolve({ ...options, store });
    } catch (error) {
      found = undefined;
      throw error;
    }
  }

  async function ownSettings(): Promise<{ readonly site: Site; readonly profile: string }> {
    const { site, profile, refused } = await readSettings(product, options, options);
    if (refused !== undefined) {
      throw new AuthError("untrusted_origin", `${refused.name} in ${refused.path} would have a person sign in there`);
    }
    if (site !== undefined) return { site, profile };
    throw new AuthError("config_missing", "nothing says where to sign in", {
      hint: "pass issuer and clientId, or a site",
    });
  }

  async function ask(): Promise<void> {
    const { site, profile } = await ownSettings();
    const http = siteHttp(site, { product, env, fetch: options.fetch, now: options.now, onEvent: options.onEvent });
    const server = await knownServer(site, { product, env, http, isForgetful: noCache });
    await probeStore(storage, apiKey({ apiKey: "probe" }));
    const tokens =
      signIn.flow === "device"
        ? await signInByDevice(site, server, { http, show: signIn.show })
        : await signInByBrowser(site, server, { ...signIn, http, show: (url) => showOrFail(url, signIn) });
    const key = { issuer: site.issuer, clientId: site.clientId, profile };
    await keepSignIn(tokens, { storage, key, site, product, http, tag: product.userAgent ?? product.name });
  }

  async function showOrFail(url: string, { open = openHere, show }: BrowserWay): Promise<void> {
    const isOpened = open(url);
    if (!isOpened && show === undefined) {
      throw new LoginRequiredError("there is no browser to sign in with", {
        hint: "pass signIn.show, or a device flow",
      });
    }
    await show?.(url, isOpened);
  }

  function openHere(url: string): boolean {
    return openBrowser(url, { env, platform: process.platform, browser: env[`${product.envPrefix}BROWSER`] });
  }

  async function getToken(asked: GetTokenOptions = {}): Promise<AccessToken> {
    asked.signal?.throwIfAborted();
    let isGiven = false;
    try {
      const { found: credential, source } = await (found ??= find());
      isGiven = credential.key === undefined;
      return await source.getToken(asked);
    } catch (error) {
      // What was given outright wins over a login, so no sign-in would mend it.
      const isOver = isAuthError(error) && (error.code === "no_credential" || error.code === "login_required");
      if (isGiven || !isOver) throw error;
    }
    signingIn ??= ask().finally(() => {
      found = undefined;
      signingIn = undefined;
    });
    await abortable(signingIn, asked.signal);
    return await (await (found ??= find())).source.getToken(asked);
  }

  return {
    getToken,
    getAccessToken: async (asked) => (await getToken(asked)).value,
    async getAccount() {
      const { found: credential } = await resolve({ ...options, store, auth: "optional" });
      return "account" in credential.credential ? credential.credential.account : undefined;
    },
    async destroyTokens() {
      found = undefined;
      const { issuer, clientId } = (await ownSettings()).site;
      const keys = (await store.list()).filter((key) => key.issuer === issuer && key.clientId === clientId);
      for (const key of keys) await forgetLogin(storage, key);
    },
  };
}
