import { defaultScopes, type Resolution } from "@org/auth-client/source";
import { LoginRequiredError, shellQuoted } from "@org/auth-core";
import type { Values } from "./command.ts";
import { explicitSettings, type commonOptions } from "./common-options.ts";

/**
 * Sees that a login's tokens are what the command line asks for. What they are for was settled when the person signed in,
 * so otherwise it throws {@link LoginRequiredError}, which says what the login has and how to get what is asked for.
 */
export function requireWhatIsAsked({ found, loginCommand }: Resolution, values: Values<typeof commonOptions>): void {
  const { credential, key } = found;
  if (credential.kind !== "token-set" || key === undefined) return;
  const asked = explicitSettings(values);
  const { account, refreshToken, scopes } = credential;
  const kinds = [
    // Those of a sign-in are no matter of its tokens: servers do not always name them.
    { flag: "--scope", have: scopes, wanted: asked.scopes?.filter((scope) => !defaultScopes.includes(scope)) },
    { flag: "--audience", have: credential.audiences, wanted: asked.audiences },
    { flag: "--resource", have: credential.resources, wanted: asked.resources },
  ];
  const lacking = kinds.flatMap(({ flag, have = [], wanted = [] }) => {
    const missing = wanted.filter((one) => !have.includes(one));
    if (missing.length === 0) return [];
    return [{ what: `${flag} ${missing.join(" ")}`, has: `${flag} ${have.join(" ") || "none"}` }];
  });
  if (lacking.length === 0) return;

  const lacks = lacking.map(({ what }) => what).join(", ");
  const has = lacking.map(({ has }) => has).join(", ");
  // What it has already would be lost by asking for the rest alone.
  const own = [...(account === undefined ? [] : ["openid"]), ...(refreshToken === undefined ? [] : ["offline_access"])];
  const all = asked.scopes === undefined ? [] : [...new Set([...own, ...scopes, ...asked.scopes])];
  const words = [
    ...(all.length === 0 ? [] : ["--scope", shellQuoted(all.join(" "))]),
    ...(asked.audiences ?? []).flatMap((one) => ["--audience", shellQuoted(one)]),
    ...(asked.resources ?? []).flatMap((one) => ["--resource", shellQuoted(one)]),
  ];
  throw new LoginRequiredError(`the login "${key.profile}" is not for ${lacks}: it has ${has}`, {
    hint: `\`${[loginCommand, ...words].join(" ")}\` signs in with that; with --profile it is kept beside the other`,
  });
}
