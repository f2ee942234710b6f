import { isAuthError, tokenSet, type AuthorizationServer, type TokenSet } from "@org/auth-core";
import * as oauth from "oauth4webapi";
import { checkedCallback } from "./authorization-response.ts";
import type { ClientIdentity } from "./client-auth.ts";
import { withDeadline } from "./deadline.ts";
import type { HttpOptions } from "./http.ts";
import { failedPage, signedInPage } from "./landing-page.ts";
import { endpointOf } from "./server.ts";
import { asksForIdToken, requestTokens } from "./token-request.ts";
import { failure, type Task } from "./translate-error.ts";

/** Where the browser comes back to. The defaults fit servers that let native apps use any port (RFC 8252). */
export interface Redirect {
  /** `127.0.0.1`, `[::1]` or `localhost`. Default: `127.0.0.1`. */
  readonly host?: string | undefined;
  /** Default: `/callback`. */
  readonly path?: string | undefined;
  /** Tried in this order; 0 is one that the system chooses. Default: `[0]`. */
  readonly ports?: readonly number[] | undefined;
}

export interface AuthorizationCodeOptions {
  /** With `openid` among them an ID token is asked for and checked, and the set names the account. */
  readonly scopes: readonly string[];
  /**
   * Brings the address to the person: prints it, opens a browser. The redirect is listened for by then. What it throws
   * ends the login; whether it ever returns does not matter.
   */
  show(url: string): Promise<void> | void;
  readonly redirect?: Redirect | undefined;
  /** How long the person may take, in milliseconds. Default: five minutes. */
  readonly timeoutMs?: number | undefined;
  /** More for the authorization request, such as `audience` or `prompt`. It cannot replace what the flow itself sends. */
  readonly extraParameters?: Readonly<Record<string, string>> | undefined;
  readonly http?: HttpOptions | undefined;
}

/**
 * Signs a person in through their browser: authorization code with PKCE (S256), and a redirect to this machine.
 *
 * `state` and `iss` (RFC 9207) are checked before the code goes anywhere; a callback with another `state` is refused and
 * the login waits on. The browser is told how it ended once it has ended. Two logins at a time do not meet.
 * `http.signal` ends it at any time; the port is free again whenever it settles.
 *
 * Rejects with {@link AuthError}: `access_denied`, `login_timeout`, `issuer_mismatch`, `bad_id_token`,
 * `redirect_unavailable`, `unsupported_by_server`, and as any request to the server does. Needs Node's `http`.
 *
 * @see [RFC 8252](https://www.rfc-editor.org/rfc/rfc8252), [RFC 7636](https://www.rfc-editor.org/rfc/rfc7636)
 */
export async function authorizationCode(
  server: AuthorizationServer,
  client: ClientIdentity,
  { scopes, show, redirect = {}, timeoutMs = 5 * 60_000, extraParameters = {}, http = {} }: AuthorizationCodeOptions,
): Promise<TokenSet> {
  const { host = "127.0.0.1", path = "/callback", ports = [0] } = redirect;
  const task: Task = { doing: "signing in", issuer: server.issuer };
  const url = new URL(endpointOf(server, "authorizationEndpoint"));
  const isIdTokenAsked = asksForIdToken(server, scopes);
  const state = oauth.generateRandomState();
  const verifier = oauth.generateRandomCodeVerifier();
  const nonce = isIdTokenAsked ? oauth.generateRandomNonce() : undefined;
  const challenge = await oauth.calculatePKCECodeChallenge(verifier);

  // Everything else here runs in a browser too.
  const { openLoopback } = await import("./loopback.ts");
  const isOurs = (parameters: URLSearchParams): boolean => {
    const states = parameters.getAll("state");
    return states.length === 1 && states[0] === state;
  };
  const receiver = await openLoopback({ host, path, ports, isOurs });
  try {
    const { redirectUri } = receiver;
    const parameters = {
      ...extraParameters,
      response_type: "code",
      client_id: client.clientId,
      redirect_uri: redirectUri,
      scope: scopes.join(" "),
      state,
      code_challenge: challenge,
      code_challenge_method: "S256",
      nonce,
    };
    for (const [name, value] of Object.entries(parameters)) {
      if (value === undefined || value === "") url.searchParams.delete(name);
      else url.searchParams.set(name, value);
    }

    const callback = await withDeadline(() => Promise.race([receiver.callback, failureOf(show, url.href)]), {
      timeoutMs,
      signal: http.signal,
      timeoutError: () => failure(task, "login_timeout", `nobody came back from the browser within ${timeoutMs} ms`),
    });
    try {
      const checked = checkedCallback(callback.parameters, server, client, state, task);
      const answer = await requestTokens({
        task,
        server,
        client,
        http,
        idToken: isIdTokenAsked ? "required" : "dropped",
        nonce,
        send: (metadata, wireClient, authentication, options) =>
          oauth.authorizationCodeGrantRequest(
            metadata,
            wireClient,
            authentication,
            checked,
            redirectUri,
            verifier,
            options,
          ),
      });
      await callback.answer(signedInPage);
      const { accessToken, refreshToken, obtainedAtMs, expiresAtMs, account } = answer;
      return tokenSet({
        server,
        clientId: client.clientId,
        accessToken,
        refreshToken,
        obtainedAtMs,
        expiresAtMs,
        scopes: answer.scopes ?? scopes,
        account,
        generation: 0,
      });
    } catch (error) {
      await callback.answer(failedPage(isAuthError(error) ? error.message : "The sign-in was stopped."));
      throw error;
    }
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
