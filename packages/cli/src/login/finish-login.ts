import { findExplicitWinner, keepLogin, keepSignIn, revokeLogin, type StoreKind } from "@org/auth-client/source";
import { AuthError, printable, type Account, type ApiKey, type Credential, type TokenSet } from "@org/auth-core";
import { answerJson, say, surroundingsOf } from "../context.ts";
import { formatDuration } from "../duration.ts";
import { exitCodes } from "../exit-codes.ts";
import { httpOf, keyOf, type LoginRequest, type LoginTask } from "./login-request.ts";

/** Keeps what a sign-in has brought. What cannot be kept is an error. */
export async function keepTokens(tokens: TokenSet, request: LoginRequest): Promise<ApiKey | TokenSet> {
  const { context, site, storage } = request;
  const { product, version } = context;
  return await keepSignIn(tokens, {
    storage,
    key: keyOf(request),
    site,
    product,
    http: httpOf(request),
    tag: `${product.name}/${version}`,
  });
}

/**
 * Keeps an API key that was given as the login, and says so. A login that names its account is replaced only with
 * `isForced`, else it rejects with {@link AuthError} (`wrong_account`): nothing says whose the key is. The tokens that it
 * replaces are ended at their server, as far as that can be had.
 */
export async function keepAndTell(given: ApiKey, request: LoginTask, isForced: boolean): Promise<number> {
  let replaced: Credential | undefined;
  const kept = await keepLogin(request.storage, keyOf(request), (before) => {
    if (!isForced) requireNobodys(before, request);
    replaced = before;
    return given;
  });
  if (replaced?.kind === "token-set") await endReplaced(replaced, request);
  return await tellOfKept(kept, request);
}

function requireNobodys(before: Credential | undefined, { profile }: LoginTask): void {
  const account = before?.kind === "token-set" || before?.kind === "api-key" ? before.account : undefined;
  if (account === undefined) return;
  const message = `the profile "${profile}" is for ${nameOf(account)}, and nothing says whose this key is`;
  throw new AuthError("wrong_account", message, {
    hint: "give --profile another name; or --force, which ends that login and keeps the key in its place",
  });
}

async function endReplaced(replaced: TokenSet, request: LoginTask): Promise<void> {
  const { context } = request;
  const who = printable(nameOf(replaced.account));
  const revocation = await revokeLogin(replaced, httpOf(request));
  if (revocation.outcome !== "failed") {
    await say(context, `Signed out ${who}, whom this key replaces.`);
    return;
  }
  const { message, code } = revocation.error;
  await say(
    context,
    `warning: the login of ${who}, which this key replaces, lives on: ${printable(message)} [${code}]`,
  );
}

/** The answer of a sign-in for programs: who is signed in, and where it is kept. */
export async function answerComplete(
  login: ApiKey | TokenSet,
  { context, profile, site }: LoginTask,
  store: StoreKind | undefined,
): Promise<void> {
  const { account, kind } = login;
  const scopes = login.kind === "token-set" ? login.scopes : [];
  await answerJson(context, { state: "complete", issuer: site.issuer, profile, account, kind, scopes, store });
}

/** Says who is signed in and where that is kept. */
export async function tellOfKept(login: ApiKey | TokenSet, request: LoginTask): Promise<number> {
  const { context, isJson, profile, site, storage } = request;
  const { kind } = storage.home;
  if (isJson) {
    await answerComplete(login, request, kind);
    return exitCodes.done.status;
  }
  const { account } = login;
  const scopes = login.kind === "token-set" ? login.scopes : [];
  await say(context, `Signed in as ${printable(nameOf(account))}.`);
  await say(context, `  profile  ${printable(profile)} at ${printable(site.issuer)}`);
  await say(context, `  access   ${lifeOf(login, context.now())}`);
  if (scopes.length > 0) await say(context, `  scopes   ${printable(scopes.join(" "), 1000)}`);
  await say(context, `  stored   ${storedAs[kind]}`);
  await warnOfShadow(request);
  return exitCodes.done.status;
}

/** Who signed in, for people. */
export function nameOf(account: Account | undefined): string {
  return account?.username ?? account?.email ?? account?.subject ?? "an account that is not named";
}

const storedAs: Readonly<Record<StoreKind, string>> = {
  keyring: "in a file, sealed with a key in the keyring",
  passphrase: "in a file, sealed with a passphrase",
  file: "in a file that only you can read, not sealed",
  memory: "nowhere: this login ends with this command",
};

function lifeOf(result: ApiKey | TokenSet, nowMs: number): string {
  const { expiresAtMs, kind } = result;
  const left = expiresAtMs === undefined ? "until the API refuses it" : formatDuration(expiresAtMs - nowMs);
  const renews = kind === "token-set" && result.refreshToken !== undefined ? ", renews itself" : "";
  return `${left}${renews}${kind === "api-key" ? ", by an API key" : ""}`;
}

/** A credential in the environment wins over what has just been kept: better said now than wondered at later. */
async function warnOfShadow({ context, profile, site, storage }: LoginTask): Promise<void> {
  const { product } = context;
  const { issuer, clientId } = site;
  const options = { ...surroundingsOf(context), product, storage, profile, issuer, clientId };
  const winner = await findExplicitWinner(options);
  if (winner === undefined) return;
  await say(
    context,
    `note: ${winner.name ?? winner.place} is set and will be used instead of this login. Unset it, or give --ignore-env.`,
  );
}
