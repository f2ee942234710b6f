import type { Account, GetTokenOptions, TokenSource } from "@org/auth-core";
import type { DeviceAuthorization, LandingPage } from "@org/auth-flows";
import type { ResolveOptions } from "./resolve.ts";
import type { StepUpChallenge } from "./step-up.ts";

export interface SessionOptions extends Omit<ResolveOptions, "auth" | "store"> {
  /** How a person signs in when there is no credential. Default: through a browser that is opened here. */
  readonly signIn?: BrowserWay | DeviceWay | undefined;
  /** Keep tokens in memory alone: nothing is read from disk or written there. Default: false. */
  readonly noCache?: boolean | undefined;
  /**
   * How long the keyring may take, in milliseconds. Where it takes more than a second `onWarning` is told that it may be
   * asking to be unlocked. Default: 60,000 at a terminal, where a person can answer its prompt; 3,000 elsewhere. A program
   * with windows, which has its person too, says so here.
   */
  readonly keyringTimeoutMs?: number | undefined;
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
  /**
   * Signs the person in anew as an API wants it (RFC 9470), and keeps that in place of the login that is there: for
   * `onStepUp` of a client whose source is this session. They are asked once however many callers want the same, and not
   * at all where the login is known to be of such a sign-in already. The server is told by `acr_values` and `max_age`; on
   * a device's sign-in it may ignore them. The scopes stay the site's.
   *
   * Rejects as the sign-in does, with `wrong_account` when somebody else signs in, and with `StepUpRequiredError` when the
   * ID token says that the sign-in is not as it was asked for, or when the credential was given outright, which no sign-in
   * would replace. The login that was there is kept then.
   */
  stepUp(this: void, challenge: StepUpChallenge): Promise<void>;
  /** Who has signed in. `undefined`: nobody has, or the credential names no one. It signs nobody in. */
  getAccount(): Promise<Account | undefined>;
  /**
   * Removes all that is kept for the site's client, of every profile and every kind of credential, from disk and from this
   * session's memory. A token that is asked for meanwhile, or afterwards, is of a new sign-in. What was given outright, by
   * an argument or a variable, is still there to be used. The server is told nothing, and other sessions hold the tokens
   * that they have.
   *
   * Rejects with {@link AuthError} when nothing says which client it is, and with `StoreError` when something cannot be
   * removed; the rest is gone all the same.
   */
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
  let opening: Promise<Session> | undefined;
  // All that a session works with is loaded when it is first used, and again when that failed.
  const opened = (): Promise<Session> =>
    (opening ??= import("./late.ts")
      .then(({ openedSession }) => openedSession(options))
      .catch((error: unknown) => {
        opening = undefined;
        throw error;
      }));
  return {
    getToken: async (asked) => await (await opened()).getToken(asked),
    getAccessToken: async (asked) => await (await opened()).getAccessToken(asked),
    stepUp: async (challenge) => await (await opened()).stepUp(challenge),
    getAccount: async () => await (await opened()).getAccount(),
    destroyTokens: async () => await (await opened()).destroyTokens(),
  };
}
