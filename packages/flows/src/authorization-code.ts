import { accessTokenOf, type AuthorizationServer, errorCodes, fixed, isAuthError, type TokenSet } from "@org/auth-core";
import * as oauth from "oauth4webapi";
import { checkedCallback } from "./authorization-response.ts";
import type { ClientIdentity } from "./client-auth.ts";
import { withDeadline } from "./deadline.ts";
import { defaultPage } from "./default-page.ts";
import type { HttpOptions } from "./http.ts";
import type { LandingOutcome, LandingPage } from "./landing-page.ts";
import { openLoopback } from "./loopback.ts";
import { newTokenSet } from "./new-token-set.ts";
import { newProofKey } from "./proof-key.ts";
import { pushRequest, type PushedRequest } from "./pushed-request.ts";
import { endpointOf } from "./server.ts";
import { showLandingPage } from "./show-landing-page.ts";
import { asksForIdToken, requestTokens } from "./token-request.ts";
import { targetParameters, type TokenTarget } from "./token-target.ts";
import { failure, type Task } from "./translate-error.ts";

/** Where the browser comes back to. The defaults fit servers that let native apps use any port (RFC 8252). */
export interface Redirect {
  /** `127.0.0.1`, `[::1]` or `localhost`. Default: `127.0.0.1`. */
  readonly host?: string | undefined;
  /** Default: `/callback`. */
  readonly path?: string | undefined;
  /**
   * Whether a segment of 256 random bits follows the path, so that nobody else finds it. Default: no, because most
   * servers compare the path letter by letter; then it is `state` alone that a forger would have to guess.
   */
  readonly isPathRandom?: boolean | undefined;
  /** Tried in this order; 0 is one that the system chooses. Default: `[0]`. */
  readonly ports?: readonly number[] | undefined;
}

export interface AuthorizationCodeOptions extends TokenTarget {
  /** With `openid` among them an ID token is asked for and checked, and the set names the account. */
  readonly scopes: readonly string[];
  /**
   * Brings the address to the person: prints it, opens a browser. The redirect is listened for by then. What it throws
   * ends the login; whether it ever returns does not matter.
   */
  show(url: string): Promise<void> | void;
  /**
   * Does what has to be done before a person may be told that they are signed in, such as keeping the login. The browser
   * waits for it, so it has to end by itself; `http.signal` does not end it. What it rejects with ends the login, and of
   * an {@link AuthError} the browser is told what its code means. Default: nothing has to be done.
   */
  readonly accept?: ((login: TokenSet) => Promise<void>) | undefined;
  readonly redirect?: Redirect | undefined;
  /** How long the person may take, in milliseconds. Default: five minutes. */
  readonly timeoutMs?: number | undefined;
  /** What the browser shows in the end. Default: {@link defaultPage}. `redirectTo` and `twoStage` make others. */
  readonly landingPage?: LandingPage | undefined;
  /** More for the authorization request, such as `prompt`. It cannot replace what the flow itself sends. */
  readonly extraParameters?: Readonly<Record<string, string>> | undefined;
  readonly http?: HttpOptions | undefined;
}

/**
 * Signs a person in through their browser: authorization code with PKCE (S256), and a redirect to this machine. Where the
 * server takes pushed authorization requests (RFC 9126), the browser's address refers to one and says no more.
 *
 * `state` and `iss` (RFC 9207) are checked before the code goes anywhere; a callback with another `state` is refused and
 * the login waits on. The browser is told how it ended once it has ended, with `accept` done; that takes up to 15 seconds
 * of a browser or a landing page that is slow, and changes nothing of the outcome. Two logins at a time do not meet.
 * `http.signal` ends it at any time; the port is free again whenever it settles.
 *
 * Rejects with {@link AuthError}: `access_denied`, `login_timeout`, `issuer_mismatch`, `bad_id_token`,
 * `redirect_unavailable`, `unsupported_by_server`, as any request to the server does, and as `accept` does. Needs Node's
 * `http`.
 *
 * @see [RFC 8252](https://www.rfc-editor.org/rfc/rfc8252), [RFC 7636](https://www.rfc-editor.org/rfc/rfc7636)
 */
export async function authorizationCode(
  server: AuthorizationServer,
  client: ClientIdentity,
  options: AuthorizationCodeOptions,
): Promise<TokenSet> {
  const { scopes, resources, audiences, dpop } = options;
  const { show, accept, redirect = {}, timeoutMs = 5 * 60_000, extraParameters = {}, http = {} } = options;
  const { host = "127.0.0.1", path: fixedPath = "/callback", isPathRandom = false, ports = [0] } = redirect;
  const { landingPage = defaultPage } = options;
  const path = isPathRandom ? `${fixedPath.replace(/\/$/, "")}/${oauth.generateRandomState()}` : fixedPath;
  const task: Task = { doing: "signing in", issuer: server.issuer };
  const url = new URL(endpointOf(server, "authorizationEndpoint"));
  const isIdTokenAsked = asksForIdToken(server, scopes);
  const state = oauth.generateRandomState();
  const verifier = oauth.generateRandomCodeVerifier();
  const nonce = isIdTokenAsked ? oauth.generateRandomNonce() : undefined;
  const challenge = await oauth.calculatePKCECodeChallenge(verifier);
  const proofKey = await newProofKey(server, { dpop }, http);

  const isOurs = (parameters: URLSearchParams): boolean => {
    const states = parameters.getAll("state");
    return states.length === 1 && states[0] === state;
  };
  const receiver = await openLoopback({ host, path, ports, isOurs });
  try {
    const { redirectUri } = receiver;
    const parameters = targetParameters({ scopes, resources, audiences }, extraParameters);
    const own = {
      response_type: "code",
      client_id: client.clientId,
      redirect_uri: redirectUri,
      state,
      code_challenge: challenge,
      code_challenge_method: "S256",
      nonce,
      dpop_jkt: await proofKey?.handle.calculateThumbprint(),
    };
    for (const [name, value] of Object.entries(own)) {
      if (value === undefined) parameters.delete(name);
      else parameters.set(name, value);
    }
    const pushed = await pushRequest(task, server, client, parameters, http);
    const reference = pushed && new URLSearchParams({ client_id: client.clientId, request_uri: pushed.requestUri });
    const shown = reference ?? parameters;
    for (const name of shown.keys()) url.searchParams.delete(name);
    for (const [name, value] of shown) url.searchParams.append(name, value);

    const callback = await withDeadline(() => Promise.race([receiver.callback, failureOf(show, url.href)]), {
      timeoutMs,
      signal: http.signal,
      timeoutError: () => failure(task, "login_timeout", whyNobody(timeoutMs, receiver.refusedCount(), pushed)),
    });
    const land = (outcome: LandingOutcome): Promise<void> =>
      showLandingPage(callback, { landingPage, context: { issuer: server.issuer, outcome }, signal: http.signal });

    let login: TokenSet;
    try {
      const checked = checkedCallback(callback.parameters, server, client, state, task);
      const answer = await requestTokens({
        task,
        server,
        client,
        http,
        idToken: isIdTokenAsked ? "required" : "dropped",
        nonce,
        proofKey,
        send: (metadata, wireClient, authentication, requestOptions) =>
          oauth.authorizationCodeGrantRequest(metadata, wireClient, authentication, checked, redirectUri, verifier, {
            additionalParameters: targetParameters({ resources, audiences }),
            ...requestOptions,
          }),
      });
      login = newTokenSet(answer, server, client, { scopes, resources, audiences }, proofKey);
    } catch (error) {
      if (isAuthError(error)) await land({ kind: "failed", code: error.code, description: error.message });
      throw error;
    }
    try {
      await accept?.(login);
    } catch (error) {
      // Its message may name accounts and files, which are nothing for a page.
      if (isAuthError(error))
        await land({ kind: "failed", code: error.code, description: errorCodes[error.code].meaning });
      throw error;
    }
    const { account, scopes: granted } = login;
    await land({ kind: "signed-in", account, scopes: granted, source: fixed(accessTokenOf(login)) });
    return login;
  } finally {
    await receiver.close();
  }
}

/** Never fulfils: that the address was shown means nothing yet. */
function failureOf(show: AuthorizationCodeOptions["show"], url: string): Promise<never> {
  return new Promise((_resolve, reject) => {
    Promise.resolve(url).then(show).catch(reject);
  });
}

function whyNobody(
  timeoutMs: number,
  refusedCount: number,
  { lifetimeMs = Infinity }: Partial<PushedRequest> = {},
): string {
  const others = refusedCount === 0 ? "" : `; ${refusedCount} that came brought another sign-in's answer, or none`;
  const limit = lifetimeMs < timeoutMs ? `; the address was good for ${Math.ceil(lifetimeMs / 1000)} s` : "";
  return `nobody came back from the browser within ${timeoutMs} ms${others}${limit}`;
}
