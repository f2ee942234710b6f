import { signInByBrowser } from "@org/auth-client/source";
import { printable, type ApiKey, type TokenSet } from "@org/auth-core";
import { say } from "../context.ts";
import { keepTokens } from "./finish-login.ts";
import { httpOf, type LoginRequest } from "./login-request.ts";

/**
 * Signs in through a browser: one that is opened here, or one that the person takes the printed address to. Gives what is
 * kept, which the browser is told of after that.
 */
export async function browserLogin(request: LoginRequest, mode: "browser" | "print"): Promise<ApiKey | TokenSet> {
  const { context, extraParameters, server, site, timeoutMs } = request;
  await say(context, `Sign in at ${printable(site.issuer)}`);

  async function show(url: string): Promise<void> {
    const isOpened = mode === "browser" && context.openBrowser(url);
    await say(
      context,
      isOpened ? "Opening your browser. If nothing happens, open:" : "Open this address in a browser on this machine:",
    );
    await say(context, `  ${url}`);
    await say(context, "Waiting for the browser. Ctrl-C stops; nothing is changed.");
  }

  const keep = (tokens: TokenSet): Promise<ApiKey | TokenSet> => keepTokens(tokens, request);
  return await signInByBrowser(site, server, { show, keep, http: httpOf(request), timeoutMs, extraParameters });
}
