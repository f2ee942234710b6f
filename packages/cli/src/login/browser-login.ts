import type { TokenSet } from "@org/auth-core";
import { authorizationCode } from "@org/auth-flows";
import { say } from "../context.ts";
import { httpOf, scopesOf, type LoginRequest } from "./login-request.ts";

/** Signs in through a browser: one that is opened here, or one that the person takes the printed address to. */
export async function browserLogin(request: LoginRequest, mode: "browser" | "print"): Promise<TokenSet> {
  const { context, server, site, timeoutMs } = request;
  await say(context, `Sign in at ${site.issuer}`);

  async function show(url: string): Promise<void> {
    const isOpened = mode === "browser" && context.openBrowser(url);
    await say(
      context,
      isOpened ? "Opening your browser. If nothing happens, open:" : "Open this address in a browser on this machine:",
    );
    await say(context, `  ${url}`);
    await say(context, "Waiting for the browser. Ctrl-C stops; nothing is changed.");
  }

  return await authorizationCode(
    server,
    { clientId: site.clientId },
    {
      scopes: scopesOf(request),
      show,
      redirect: site.redirect,
      http: httpOf(request),
      ...(timeoutMs !== undefined && { timeoutMs }),
    },
  );
}
