import { findLoginKey, forgetLogin, readSettings, siteOfLogin } from "@org/auth-client/source";
import { isAuthError, printable, type ApiKey, type AuthError, type Credential, type TokenSet } from "@org/auth-core";
import type { HttpOptions } from "@org/auth-flows";
import { defineCommand, type Command } from "../command.ts";
import { commonOptions } from "../common-options.ts";
import { answerJson, say, type Context } from "../context.ts";
import { exitCodes } from "../exit-codes.ts";
import { httpOf } from "../login/login-request.ts";
import { resolveOptions } from "../resolve-options.ts";

/** What became of the tokens at the server. */
type Revocation =
  { readonly outcome: "failed"; readonly error: AuthError } | { readonly outcome: "revoked" | "skipped" };

/** Ends a login: at the server first, then here. */
export const logout: Command = defineCommand({
  name: "logout",
  summary: "sign out: revoke the login at the server, then delete it here",
  options: {
    ...commonOptions,
    "local-only": { type: "boolean", help: "delete it here and tell the server nothing" },
  },
  async run(values, _operands, context) {
    const options = resolveOptions(values, context);
    const settings = await readSettings(context.product, options, options);
    const key = await findLoginKey(options.store, settings);
    const site = settings.site ?? (key && (await siteOfLogin(key, context.product, context.env)));

    let login: ApiKey | TokenSet | undefined;
    let revocation: Revocation = { outcome: "skipped" };
    if (key !== undefined) {
      // Under the lock, so that what is revoked is the last there is, and no renewal brings it back.
      await options.store.update(key, async (current: Credential | undefined) => {
        if (current?.kind === "token-set" || current?.kind === "api-key") login = current;
        const isTold = current?.kind === "token-set" && values["local-only"] !== true;
        if (isTold) revocation = await revoke(current, httpOf({ context, site }));
        return undefined;
      });
      await forgetLogin(options.storage, key); // An interrupted move may have left another copy.
    }
    return await report(login, revocation, values.json === true, context);
  },
});

async function revoke(
  { server, clientId, accessToken, refreshToken }: TokenSet,
  http: HttpOptions,
): Promise<Revocation> {
  const flows = await import("@org/auth-flows");
  try {
    // Revoking the refresh token ends the whole grant (RFC 7009 section 2.1).
    if (refreshToken === undefined) {
      await flows.revoke(server, { clientId }, accessToken, { tokenTypeHint: "access_token", http });
    } else {
      await flows.revoke(server, { clientId }, refreshToken, { tokenTypeHint: "refresh_token", http });
    }
    return { outcome: "revoked" };
  } catch (error) {
    if (!isAuthError(error)) throw error;
    return { outcome: "failed", error };
  }
}

async function report(
  login: ApiKey | TokenSet | undefined,
  revocation: Revocation,
  isJson: boolean,
  context: Context,
): Promise<number> {
  const status = exitCodes[revocation.outcome === "failed" ? "notRevoked" : "done"].status;
  if (isJson) {
    const error = revocation.outcome === "failed" ? { reason: revocation.error.code } : {};
    await answerJson(context, { removed: login !== undefined, revocation: revocation.outcome, ...error });
    return status;
  }
  if (login === undefined) {
    await say(context, "Nobody was signed in.");
    return status;
  }
  const { username, email, subject } = login.account ?? {};
  await say(context, `Signed out ${printable(username ?? email ?? subject ?? "the login")}.`);
  if (login.kind === "api-key") {
    const id = login.keyId === undefined ? "" : ` (${printable(login.keyId)})`;
    await say(context, `  removed here; the API key${id} itself lives on at the API`);
    return status;
  }
  if (revocation.outcome === "revoked")
    await say(context, `  revoked at ${printable(login.server.issuer)}, and removed here`);
  if (revocation.outcome === "skipped") await say(context, "  removed here; the server was not told");
  if (revocation.outcome === "failed") {
    const { message, code } = revocation.error;
    await say(context, `  removed here, but the server could not be told: ${printable(message, 1000)} [${code}]`);
  }
  return status;
}
