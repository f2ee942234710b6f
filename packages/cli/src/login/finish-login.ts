import { keepLogin, ladderStore, search, type StoreKind } from "@org/auth-client/source";
import { changedTokenSet, explain, printable, type TokenSet } from "@org/auth-core";
import { answerJson, say } from "../context.ts";
import { formatDuration } from "../duration.ts";
import { exitCodes } from "../exit-codes.ts";
import { apiOf, keyOf, type LoginRequest } from "./login-request.ts";

/** Keeps a login and says who is signed in, and where it is kept. A login that cannot be kept is an error. */
export async function finishLogin(tokens: TokenSet, request: LoginRequest): Promise<number> {
  const { context, isJson, profile, site, storage } = request;
  const { kind } = storage.home;
  await keepLogin(storage, keyOf(request), changedTokenSet(tokens, { api: apiOf(request) }));

  const { account, expiresAtMs, refreshToken, scopes } = tokens;
  if (isJson) {
    await answerJson(context, { state: "complete", issuer: site.issuer, profile, account, scopes, store: kind });
    return exitCodes.done.status;
  }
  const who = account?.username ?? account?.email ?? account?.subject ?? "an account that is not named";
  const left = expiresAtMs === undefined ? "until the API refuses it" : formatDuration(expiresAtMs - context.now());
  await say(context, `Signed in as ${printable(who)}.`);
  await say(context, `  profile  ${printable(profile)} at ${printable(site.issuer)}`);
  await say(context, `  access   ${left}${refreshToken === undefined ? "" : ", renews itself"}`);
  await say(context, `  scopes   ${printable(scopes.join(" "), 1000)}`);
  await say(context, `  stored   ${storedAs[kind]}`);
  await warnOfShadow(request);
  return exitCodes.done.status;
}

const storedAs: Readonly<Record<StoreKind, string>> = {
  keyring: "in a file, sealed with a key in the keyring",
  passphrase: "in a file, sealed with a passphrase",
  file: "in a file that only you can read, not sealed",
  memory: "nowhere: this login ends with this command",
};

/** A credential in the environment wins over what has just been kept: better said now than wondered at later. */
async function warnOfShadow({ context, profile, site, storage }: LoginRequest): Promise<void> {
  const { product, env } = context;
  const store = ladderStore(storage);
  const { providers } = await search({ product, env, store, profile, issuer: site.issuer, clientId: site.clientId });
  const { steps } = await explain(providers);
  const winner = steps.find(({ outcome }) => outcome === "chosen");
  if (winner === undefined || winner.place === "stored-login") return;
  const name = winner.provenance?.name ?? winner.place;
  await say(context, `note: ${name} is set and will be used instead of this login. Unset it to use the login.`);
}
