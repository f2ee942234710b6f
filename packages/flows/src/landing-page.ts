import type { Account, AuthErrorCode, TokenSource } from "@org/auth-core";

/**
 * Answers the browser at the end of a sign-in. Any function that takes a `Request` can be one, so any router can.
 *
 * It is asked once it is known how the sign-in ended, with what it brought kept, and again for each page of the same
 * origin that it redirects to: five at most, each good for one visit. `request` is what such a router wants: a `GET` of
 * the page's address, without the code and the state, with a signal that aborts when time is up (three seconds). An
 * answer to the callback that is no redirect is shown at an address of its own, so that neither stays in the address bar.
 *
 * Each page is one document: the images, styles and scripts it names are not asked for here. Headers that it leaves out
 * are those of our own pages, among them a `content-security-policy` that allows nothing, not even styles of its own.
 * If it throws, takes too long or gives no page, the {@link defaultPage} is shown, and the sign-in ends as it would.
 */
export type LandingPage = (request: Request, context: LandingContext) => Response | Promise<Response>;

/** What a landing page is told. It is the same object for all pages of one sign-in. */
export interface LandingContext {
  readonly issuer: string;
  readonly outcome: LandingOutcome;
}

/** How a sign-in ended. Text in it is one printable line, and not HTML. */
export type LandingOutcome = SignedIn | SignInFailed;

/** `state` was compared, the server has given tokens, and whoever asked for them has accepted them. */
export interface SignedIn {
  readonly kind: "signed-in";
  /** Absent: no ID token was asked for. */
  readonly account?: Account | undefined;
  readonly scopes: readonly string[];
  /** Gives the new access token, to ask an API with; it renews nothing. The code is used up, and given to nobody. */
  readonly source: TokenSource;
}

export interface SignInFailed {
  readonly kind: "failed";
  readonly code: AuthErrorCode;
  /**
   * What was done, where, and why it failed. It may quote the server. Where the server gave tokens and they were not
   * accepted, it is no more than what the code means.
   */
  readonly description: string;
}
