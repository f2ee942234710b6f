import { resolve } from "node:path";
import { importCredentials, otherSystem, otherSystems, type ImportOutcome } from "@org/auth-client/source";
import { AuthError, printable } from "@org/auth-core";
import { defineCommand, type Command } from "../command.ts";
import { commonOptions, explicitSettings, storeKind } from "../common-options.ts";
import { answerJson, say, type Context } from "../context.ts";
import { exitCodes, exitStatusOf } from "../exit-codes.ts";
import { nameOf } from "../login/finish-login.ts";
import { httpOf } from "../login/login-request.ts";
import { trustedSettings } from "../login/trusted-settings.ts";
import { usableStorage } from "../login/usable-storage.ts";
import { openContextStorage } from "../storage.ts";
import { whyNobodyCanBeAsked } from "../why-nobody-can-be-asked.ts";

const { site, issuer, "client-id": clientId, "api-url": apiUrl, store, json } = commonOptions;

/** Keeps the logins that another system has stored, so that nobody has to sign in again. */
export const importLogins: Command = defineCommand({
  name: "import",
  summary: "take over the logins that another system has stored",
  options: {
    from: { type: "string", value: "SYSTEM", help: `whose: ${otherSystems.join(", ")}` },
    path: { type: "string", value: "FILE", help: "its file (default: where that system keeps it); it is only read" },
    site,
    issuer,
    "client-id": clientId,
    "api-url": apiUrl,
    profile: {
      type: "string",
      value: "NAME",
      help: "the name to keep it under; pancloud: only this one (default: all)",
    },
    store,
    force: { type: "boolean", help: "put it in the place of the login that is there, if it is of the same account" },
    "dry-run": { type: "boolean", help: "tell what would be imported, and keep nothing" },
    json,
  },
  async run(values, _operands, context) {
    if (values.from === undefined)
      throw new AuthError("usage", `import takes --from ${otherSystems.join(", --from ")}`);
    const from = otherSystem(values.from);
    const { product, env, platform, now, folder } = context;
    const [isJson, isDryRun, isForced] = [values.json === true, values["dry-run"] === true, values.force === true];
    const canAsk = whyNobodyCanBeAsked(isJson, context) === undefined;
    const { site, profile } = await trustedSettings(explicitSettings(values), context, canAsk);
    if (site === undefined) throw noSite(context);

    const all = openContextStorage({ kind: storeKind(values.store), isWhole: true }, context);
    const storage = isDryRun ? all : await usableStorage(all, context, canAsk);
    const report = await importCredentials({
      from,
      path: values.path === undefined ? undefined : resolve(folder, values.path),
      site,
      profile: from === "pancloud" ? values.profile : profile,
      storage,
      isForced,
      isDryRun,
      product,
      env,
      platform,
      now,
      http: httpOf({ context, site }),
    });
    if (isJson) {
      const logins = report.logins.map(asJson);
      await answerJson(context, { from, path: report.path, issuer: site.issuer, dry_run: isDryRun, logins });
    } else for (const login of report.logins) await tell(login, isDryRun, context);
    const [refused] = report.logins.flatMap((login) => (login.outcome === "refused" ? [login.error] : []));
    return refused === undefined ? exitCodes.done.status : exitStatusOf(refused.code);
  },
});

function asJson(login: ImportOutcome): object {
  if (login.outcome === "present") return login;
  if (login.outcome === "refused") {
    const { profile, outcome, error } = login;
    return { profile, outcome, reason: error.code, message: printable(error.message, 1000), hint: error.hint };
  }
  const { profile, outcome, account, expiresAtMs, isRenewable, kind } = login;
  const expiresAt = expiresAtMs === undefined ? undefined : new Date(expiresAtMs).toISOString();
  return { profile, outcome, kind, account, expires_at: expiresAt, refreshable: isRenewable };
}

async function tell(login: ImportOutcome, isDryRun: boolean, context: Context): Promise<void> {
  const profile = `"${printable(login.profile)}"`;
  switch (login.outcome) {
    case "imported": {
      const what = login.kind === "api-key" ? "an API key" : "a login";
      const whose = login.account === undefined ? "" : ` of ${printable(nameOf(login.account))}`;
      await say(context, `${isDryRun ? "would import" : "imported"} ${profile}: ${what}${whose}`);
      return;
    }
    case "present":
      await say(context, `left ${profile} as it is: there is such a login already (--force replaces it)`);
      return;
    case "refused":
      await say(context, `not imported ${profile}: ${printable(login.error.message, 1000)} [${login.error.code}]`);
      await say(context, `  fix: ${printable(login.error.hint, 500)}`);
  }
}

function noSite({ product }: Context): AuthError {
  return new AuthError("config_missing", "nothing says where the imported login is to be used", {
    hint: `give --site, or --issuer and --client-id, or set ${product.envPrefix}ISSUER and ${product.envPrefix}CLIENT_ID`,
  });
}
