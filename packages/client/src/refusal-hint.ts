import { printable } from "@org/auth-core";
import type { SentCredential } from "./sent-credential.ts";
import { defaultScopes } from "./site.ts";

/**
 * What helps when an API refuses what was sent: what holds a credential that was given outright, as that goes before any
 * login; `loginCommand` for a login. With `wanted` the token has to be good for those scopes too; empty: for some that
 * the API does not name.
 */
export function refusalHint(
  sent: SentCredential | undefined,
  loginCommand: string | undefined,
  wanted?: readonly string[],
): string {
  const goodFor = wanted === undefined || wanted.length === 0 ? "" : ` that is good for ${printable(wanted.join(" "))}`;
  if (sent?.kind === "own") return `give the request another Authorization${goodFor}, or none of its own`;
  if (sent?.kind === "withheld") {
    return `if ${sent.to} belongs to the API, call it by that address, as one of those where its credential may go`;
  }
  if (sent?.kind === "none") return signIn(loginCommand);
  if (sent === undefined) return signInAnew(loginCommand, [], wanted);
  const { place, name = place } = sent.provenance ?? {};
  if (place === undefined || name === undefined) return `give the program another credential${goodFor}`;
  if (place === "stored-login") return signInAnew(sent.loginCommand ?? loginCommand, sent.scopes, wanted);
  const from = printable(name, 300);
  if (place === "argument") return `pass another ${from}${goodFor}`;
  if (place === "workload-identity") return `have the API accept the workload that ${from} names, or sign in`;
  const another = `put another one${goodFor} into ${from}`;
  if (!surroundings.has(place)) return another;
  return `${another}, or take that away; to use the login give --ignore-env (in a program: ignoreEnv)`;
}

/** The places that `ignoreEnv` passes over. */
const surroundings: ReadonlySet<string> = new Set(["environment", "mounted-secret", "dotenv"]);

function signIn(loginCommand: string | undefined): string {
  return loginCommand === undefined ? "sign in, or give the program a credential" : `run \`${loginCommand}\``;
}

/** Though there is a login. What `--scope` names is all that is asked for, so what the token has is named too. */
function signInAnew(loginCommand: string | undefined, granted: readonly string[], wanted?: readonly string[]): string {
  if (loginCommand === undefined) return "sign in anew, in the way that the API asks for";
  const anew = `${loginCommand} --force`;
  if (wanted === undefined) return `run \`${anew}\``;
  // Many servers leave it out of what they say is granted.
  const renewing = granted.includes("openid") ? ["offline_access"] : [];
  const scopes = [...new Set([...(granted.length === 0 ? defaultScopes : granted), ...renewing, ...wanted])];
  // An API could name one that a shell would run.
  const isPlain = wanted.length > 0 && scopes.every((scope) => /^[\w.:/@+=,~][\w.:/@+=,~-]*$/.test(scope));
  const isSaid = `sign in anew with all scopes that are needed, by \`${anew} --scope\``;
  return isPlain ? `run \`${anew} --scope "${scopes.join(" ")}"\`` : isSaid;
}
