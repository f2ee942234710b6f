import { abortable, isAuthError, type AccessToken, type GetTokenOptions } from "@org/auth-core";
import { defaultProduct } from "./product.ts";
import { resolve, type Resolution } from "./resolve.ts";
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

  async function search(auth?: "optional"): Promise<Resolution> {
    return await resolve({ ...options, store, auth });
  }

  function find(): Promise<Resolution> {
    const searching: Promise<Resolution> = search().catch((error: unknown) => {
      if (found === searching) found = undefined;
      throw error;
    });
    return searching;
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
    const { found: current } = await search("optional");
    if (current.key !== undefined) return isSteppedUp(current.credential, challenge, now());
    if (current.credential.kind === "anonymous") return false;
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
      const { found: credential, source } = await (found ??= find());
      isGiven = credential.key === undefined;
      return await source.getToken(asked);
    } catch (error) {
      // What was given outright wins over a login, so no sign-in would mend it.
      const isOver = isAuthError(error) && (error.code === "no_credential" || error.code === "login_required");
      if (isGiven || !isOver) throw error;
    }
    await abortable(askOnce(), asked.signal);
    return await (await (found ??= find())).source.getToken(asked);
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
      const { found: credential } = await search("optional");
      return "account" in credential.credential ? credential.credential.account : undefined;
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
