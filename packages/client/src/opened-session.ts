import {
  abortable,
  findFirst,
  isAuthError,
  withSteps,
  type AccessToken,
  type FoundCredential,
  type GetTokenOptions,
} from "@org/auth-core";
import { defaultProduct } from "./product.ts";
import { refusalOf, resolve, search, type Resolution } from "./resolve.ts";
import type { Session, SessionOptions } from "./session.ts";
import { sessionSignIn, siteOfSession } from "./session-sign-in.ts";
import { isSteppedUp } from "./sign-in/step-up-sign-in.ts";
import { StepUpRequiredError, stepUpId, type StepUpChallenge } from "./step-up.ts";
import { forgetLogin } from "./storage/keep-login.ts";
import { isAtTerminal, keyringWaitMs, keyringWaitWords } from "./storage/keyring-wait.ts";
import { openStorage } from "./storage/open-storage.ts";
import { ladderStore } from "./storage/storage.ts";

/** What `openSession` gives, with all that it works with. */
export function openedSession(options: SessionOptions): Session {
  const { product = defaultProduct, env = process.env, noCache = false, now = Date.now, onWarning } = options;
  const storage = openStorage({
    product,
    env,
    ...(noCache && { kind: "memory" }),
    onWarning,
    keyringTimeoutMs: options.keyringTimeoutMs ?? keyringWaitMs(isAtTerminal()),
    onKeyringWait: (timeoutMs) => onWarning?.(keyringWaitWords(timeoutMs)),
  });
  const store = ladderStore(storage);
  let found: Promise<Resolution> | undefined;
  let signingIn: { readonly challenge: StepUpChallenge | undefined; readonly done: Promise<void> } | undefined;
  let destroying: Promise<void> | undefined;

  /** What is held, or else found now, for whoever waits that long. */
  function find(signal: AbortSignal | undefined): Promise<Resolution> {
    if (found === undefined) {
      const searching: Promise<Resolution> = resolve({ ...options, store }).catch((error: unknown) => {
        if (found === searching) found = undefined;
        throw error;
      });
      found = searching;
    }
    return abortable(found, signal);
  }

  /** What `find` would find now, only to be looked at: it tells of none that is used. `undefined`: nothing. */
  async function look(): Promise<FoundCredential | undefined> {
    const { settings, providers } = await search({ ...options, store });
    const { found: current, steps } = await findFirst(providers);
    const refusal = current && refusalOf(current, settings, product);
    if (refusal !== undefined) throw withSteps(refusal, steps);
    return current;
  }

  async function ask(challenge: StepUpChallenge | undefined): Promise<void> {
    if (challenge !== undefined && (await isDone(challenge))) return;
    await sessionSignIn(options, storage, challenge);
  }

  /** The sign-in that is under way, or else a new one. */
  function askOnce(challenge?: StepUpChallenge): Promise<void> {
    signingIn ??= {
      challenge,
      done: ask(challenge).finally(() => {
        found = undefined;
        signingIn = undefined;
      }),
    };
    return signingIn.done;
  }

  /** Whether the login that is kept by now, by whichever process, is of such a sign-in. */
  async function isDone(challenge: StepUpChallenge): Promise<boolean> {
    const current = await look();
    if (current === undefined) return false;
    if (current.key !== undefined) return isSteppedUp(current.credential, challenge, now());
    const { place, name = place } = current.provenance;
    throw new StepUpRequiredError("the API", challenge, {
      instead: `the credential of the ${place} "${name}" was given outright, and goes before any sign-in`,
      hint: "take that away, and sign in",
    });
  }

  async function stepUp(challenge: StepUpChallenge): Promise<void> {
    if (destroying !== undefined) await destroying.catch(ignore);
    const wanted = stepUpId(challenge);
    while (signingIn !== undefined) {
      const { challenge: asked, done } = signingIn;
      if (asked !== undefined && stepUpId(asked) === wanted) break;
      await done.catch(ignore);
    }
    await askOnce(challenge);
  }

  async function getToken(asked: GetTokenOptions = {}): Promise<AccessToken> {
    asked.signal?.throwIfAborted();
    if (destroying !== undefined) await abortable(destroying.catch(ignore), asked.signal);
    let isGiven = false;
    try {
      const { found: credential, source } = await find(asked.signal);
      isGiven = credential.key === undefined;
      return await source.getToken(asked);
    } catch (error) {
      // What was given outright wins over a login, so no sign-in would mend it.
      const isOver = isAuthError(error) && (error.code === "no_credential" || error.code === "login_required");
      if (isGiven || !isOver) throw error;
    }
    if (signingIn?.challenge !== undefined) {
      // A step-up brings a login too. Where it fails, a sign-in that nothing more is asked of may do.
      await abortable(signingIn.done.catch(ignore), asked.signal);
      return await getToken(asked);
    }
    await abortable(askOnce(), asked.signal);
    return await (await find(asked.signal)).source.getToken(asked);
  }

  async function destroy(): Promise<void> {
    const { issuer, clientId } = (await siteOfSession(options)).site;
    const keys = (await store.list()).filter((key) => key.issuer === issuer && key.clientId === clientId);
    const outcomes = await Promise.allSettled(keys.map((key) => forgetLogin(storage, key)));
    for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
  }

  return {
    getToken,
    stepUp,
    getAccessToken: async (asked) => (await getToken(asked)).value,
    async getAccount() {
      const { credential } = (await look()) ?? {};
      return credential && "account" in credential ? credential.account : undefined;
    },
    async destroyTokens() {
      await (destroying ??= destroy().finally(() => {
        // Also what a call that was under way has read before it was removed.
        found = undefined;
        destroying = undefined;
      }));
    },
  };
}

function ignore(): void {
  // Whoever it was done for is told.
}
