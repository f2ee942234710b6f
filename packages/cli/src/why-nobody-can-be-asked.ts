import type { Context } from "./context.ts";

/** Why there is no person here to ask, in words that go after a colon. `undefined`: one can be asked, at a terminal. */
export function whyNobodyCanBeAsked(isJson: boolean, { env, stdin, stderr }: Context): string | undefined {
  if ((env["CI"] ?? "") !== "") return "CI is set";
  if (isJson) return "--json is given";
  return stdin.isTty && stderr.isTty ? undefined : "there is no terminal";
}
