import {
  endLogin,
  findLoginKey,
  forgetLogin,
  ladderStore,
  readSettings,
  revokeLogin,
  siteOfLogin,
  type Revocation,
  type Storage,
} from "@org/auth-client/source";
import { formatKey, printable, type ApiKey, type CredentialKey, type TokenSet } from "@org/auth-core";
import { defineCommand, type Command } from "../command.ts";
import { commonOptions } from "../common-options.ts";
import { answerJson, say, type Context } from "../context.ts";
import { exitCodes } from "../exit-codes.ts";
import { httpOf } from "../login/login-request.ts";
import { resolveOptions } from "../resolve-options.ts";

/** Ends a login: at the server first, then here. */
export const logout: Command = defineCommand({
  name: "logout",
  summary: "sign out: revoke the login at the server, then delete it here",
  options: {
    ...commonOptions,
    "local-only": { type: "boolean", help: "delete it here unopened, and tell the server nothing" },
  },
  async run(values, _operands, context) {
    const options = resolveOptions(values, context);
    const settings = await readSettings(context.product, options, options);
    const key = await findLoginKey(options.store, settings);
    const site = settings.site ?? (key && (await siteOfLogin(key, context.product, context.env)));

    if (values["local-only"] === true) return await forget(key, options.storage, values.json === true, context);

    let login: ApiKey | TokenSet | undefined;
    let revocation: Revocation = { outcome: "skipped" };
    if (key !== undefined) {
      await endLogin(options.storage, key, async (last) => {
        if (last.kind === "token-set" || last.kind === "api-key") login = last;
        if (last.kind === "token-set") revocation = await revokeLogin(last, httpOf({ context, site }));
      });
    }
    return await report(login, revocation, values.json === true, context);
  },
});

/** Deletes a login without opening it: what seals it may be locked, or lost. */
async function forget(
  key: CredentialKey | undefined,
  storage: Storage,
  isJson: boolean,
  context: Context,
): Promise<number> {
  const kept = key === undefined ? [] : await ladderStore(storage).list();
  const isKept = key !== undefined && kept.some((other) => formatKey(other) === formatKey(key));
  if (isKept) await forgetLogin(storage, key);
  if (isJson) await answerJson(context, { removed: isKept, revocation: "skipped" });
  else if (!isKept) await say(context, "Nobody was signed in.");
  else {
    await say(context, `Signed out "${printable(key.profile)}" of ${printable(key.issuer)}.`);
    await say(context, "  removed here; the server was not told");
  }
  return exitCodes.done.status;
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
  if (revocation.outcome === "failed") {
    const { message, code } = revocation.error;
    await say(context, `  removed here, but the server could not be told: ${printable(message, 1000)} [${code}]`);
  }
  return status;
}
