import { apiKey, AuthError, LoginRequiredError, type TokenSet } from "@org/auth-core";
import { variable } from "./environment.ts";
import { published } from "./event-channel.ts";
import { openBrowser } from "./open-browser.ts";
import { defaultProduct } from "./product.ts";
import type { BrowserWay, SessionOptions } from "./session.ts";
import { readSettings } from "./settings.ts";
import { keepSignIn } from "./sign-in/keep-sign-in.ts";
import { knownServer } from "./sign-in/known-server.ts";
import { signInByBrowser, signInByDevice } from "./sign-in/sign-in.ts";
import { requireSteppedUp, stepUpParameters } from "./sign-in/step-up-sign-in.ts";
import { siteHttp } from "./site-http.ts";
import type { Site } from "./site.ts";
import type { StepUpChallenge } from "./step-up.ts";
import { clearUnreadable, probeStore } from "./storage/keep-login.ts";
import type { Storage } from "./storage/storage.ts";

/**
 * Has the person of a session sign in, in the session's way, and keeps that; with a challenge as that asks for. Rejects as
 * `openSession` says.
 *
 * What a sign-in brings that is not as the challenge asks for is dropped and not revoked: a server that has one grant for
 * all sign-ins of a browser would end the login that is kept along with it (RFC 7009 section 2.1).
 */
export async function sessionSignIn(
  options: SessionOptions,
  storage: Storage,
  challenge: StepUpChallenge | undefined,
): Promise<void> {
  const { product = defaultProduct, env = process.env, noCache = false, signIn = { flow: "browser" } } = options;
  const { fetch, now = Date.now, onEvent, onWarning } = options;
  const { site, profile } = await siteOfSession(options);
  const http = siteHttp(site, { product, env, fetch, now: options.now, onEvent });
  const server = await knownServer(site, { product, env, http, isForgetful: noCache });
  await probeStore(storage, apiKey({ apiKey: "probe" }));
  const key = { issuer: site.issuer, clientId: site.clientId, profile };
  for (const { message } of await clearUnreadable(storage, key)) onWarning?.(message);
  const extraParameters = challenge && stepUpParameters(challenge);
  const startedAtMs = now();

  async function keep(tokens: TokenSet): Promise<void> {
    if (challenge !== undefined) requireSteppedUp(tokens, challenge, startedAtMs);
    await keepSignIn(tokens, { storage, key, site, product, http, tag: product.userAgent ?? product.name });
    published(onEvent)({ type: "signed-in", key, flow: signIn.flow });
  }

  function openHere(url: string): boolean {
    return openBrowser(url, { env, platform: process.platform, browser: variable(product, env, "BROWSER") });
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

  if (signIn.flow === "device") {
    await keep(await signInByDevice(site, server, { http, show: signIn.show, extraParameters }));
  } else {
    const show = (url: string): Promise<void> => showOrFail(url, signIn);
    await signInByBrowser(site, server, { ...signIn, http, keep, show, extraParameters });
  }
}

/** Where the person of a session signs in, and under which name that is kept. */
export async function siteOfSession(
  options: SessionOptions,
): Promise<{ readonly site: Site; readonly profile: string }> {
  const { site, profile, refused } = await readSettings(options.product ?? defaultProduct, options, options);
  if (refused !== undefined) {
    throw new AuthError("untrusted_origin", `${refused.name} in ${refused.path} would have a person sign in there`, {
      hint: `give ${refused.instead}`,
    });
  }
  if (site !== undefined) return { site, profile };
  throw new AuthError("config_missing", "nothing says where to sign in", {
    hint: "pass issuer and clientId, or a site",
  });
}
