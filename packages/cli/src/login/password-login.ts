import { signInTarget } from "@org/auth-client/source";
import { AuthError, printable, type TokenSet } from "@org/auth-core";
import { say, type Context } from "../context.ts";
import { httpOf, type LoginRequest } from "./login-request.ts";
import { typingTimeoutMs, withinTime } from "./within-time.ts";

/** Signs in with a user name and a password that are typed here. For servers that offer nothing else. */
export async function passwordLogin(request: LoginRequest): Promise<TokenSet> {
  const { context, server, site, timeoutMs = typingTimeoutMs } = request;
  await say(context, "warning: signing in with a password is deprecated, and will be taken away");
  const typed = await withinTime(timeoutMs, context, (signal) => askForPassword(site.issuer, context, signal));
  const { passwordGrant } = await import("@org/auth-flows");
  const client = { clientId: site.clientId };
  return await passwordGrant(server, client, { ...signInTarget(site), ...typed, http: httpOf(request) });
}

async function askForPassword(
  issuer: string,
  { stderr, stdin }: Context,
  signal: AbortSignal,
): Promise<{ readonly username: string; readonly password: string }> {
  await stderr.write(`User name at ${printable(issuer)}: `);
  const username = (await stdin.readLine(signal))?.trim() ?? "";
  signal.throwIfAborted();
  const password = (await stdin.readHidden("Password (not shown): ", signal)) ?? "";
  signal.throwIfAborted();
  if (username === "" || password === "") throw new AuthError("usage", "a user name and a password are needed");
  return { username, password };
}
