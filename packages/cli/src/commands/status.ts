import { refusalOf, search } from "@org/auth-client/source";
import { explain, printable, type Step } from "@org/auth-core";
import { accountStatuses, usableStates, type AccountStatus, type State } from "../account-status.ts";
import { defineCommand, type Command } from "../command.ts";
import { commonOptions } from "../common-options.ts";
import { answerJson } from "../context.ts";
import { formatDuration } from "../duration.ts";
import { exitCodes, exitStatusOf } from "../exit-codes.ts";
import { resolveOptions } from "../resolve-options.ts";
import { exitStatusOfSteps } from "../steps.ts";

/** Tells who is signed in, and which credential requests would use. It asks no server. */
export const status: Command = defineCommand({
  name: "status",
  summary: "tell who is signed in and which credential is used; asks no server",
  options: commonOptions,
  async run(values, _operands, context) {
    const options = resolveOptions(values, context);
    const searched = await search(options);
    const explanation = await explain(searched.providers);
    const nowMs = context.now();
    const { found, steps } = explanation;
    const refusal = found && refusalOf(found, searched.settings, context.product);
    const accounts = (await accountStatuses(searched, options.storage, explanation, nowMs)).map((account) =>
      account.chosen && refusal !== undefined ? { ...account, chosen: false, refusal: refusal.code } : account,
    );
    const selected = accounts.findIndex(({ chosen }) => chosen);
    if (values.json === true) {
      const checked_at = new Date(nowMs).toISOString();
      await answerJson(context, {
        ...(selected !== -1 && { selected }),
        accounts,
        steps,
        refusal: refusal && { code: refusal.code, message: refusal.message, hint: refusal.hint },
        checked_at,
      });
    } else {
      const lines = [...accounts.flatMap((account) => describe(account, nowMs)), ...steps.flatMap(warn)];
      if (refusal !== undefined)
        lines.push(`! ${printable(refusal.message, 1000)} [${refusal.code}]`, `  fix: ${printable(refusal.hint, 500)}`);
      else if (selected === -1) lines.push("No credential is used. " + hintsOf(steps));
      await context.stdout.write(`${lines.join("\n")}\n`);
    }
    return refusal === undefined ? exitStatus(accounts[selected]?.state, steps) : exitStatusOf(refusal.code);
  },
});

function exitStatus(selected: State | undefined, steps: readonly Step[]): number {
  if (selected !== undefined && usableStates.has(selected)) return exitCodes.done.status;
  return exitStatusOfSteps(steps);
}

function describe(account: AccountStatus, nowMs: number): readonly string[] {
  const { chosen, issuer, profile, refusal, scopes, source, store, variable } = account;
  const who = account.username ?? account.email ?? account.subject ?? account.kind;
  const where = issuer === undefined ? "" : ` at ${issuer}`;
  const from = variable ?? (profile === undefined ? source : `profile ${profile}`);
  return [
    `${chosen ? "●" : "○"} ${printable(who)}${printable(where)}  [${printable(from)}]`,
    `    state   ${stateText(account, nowMs)}`,
    `    used    ${refusal === undefined ? (chosen ? "yes" : "no") : `no: refused [${refusal}]`}`,
    ...(store === undefined ? [] : [`    stored  ${store}`]),
    ...(scopes.length > 0 ? [`    scopes  ${printable(scopes.join(" "), 1000)}`] : []),
  ];
}

function stateText({ state, expires_at, refreshable }: AccountStatus, nowMs: number): string {
  const leftMs = expires_at === undefined ? undefined : Date.parse(expires_at) - nowMs;
  const renews = refreshable ? ", renews itself" : "";
  switch (state) {
    case "valid":
      return leftMs === undefined ? `valid${renews}` : `valid for ${formatDuration(leftMs)}${renews}`;
    case "refreshable":
      return "expired, renews itself at the next use";
    case "expired":
      return "expired, and cannot be renewed";
    case "revoked":
      return "ended by the server";
    case "unreadable":
      return "cannot be read";
    case "unverified":
      return "not checked";
  }
}

function warn({ place, outcome, reason, message, hint }: Step): readonly string[] {
  if (outcome !== "broken") return [];
  return [
    `! ${place}: ${printable(message ?? "broken", 1000)} [${reason ?? "unexpected"}]`,
    `  fix: ${printable(hint ?? "")}`,
  ];
}

function hintsOf(steps: readonly Step[]): string {
  const hints = steps.filter(({ outcome }) => outcome === "absent").flatMap(({ hint }) => hint ?? []);
  return hints.length === 0 ? "" : `To have one: ${hints.join("; or ")}.`;
}
