import { apiTarget, isOfStranger, refusalOf, search, type Settings } from "@org/auth-client/source";
import {
  explain as explainSearch,
  printable,
  type ApiTarget,
  type AuthError,
  type FoundCredential,
  type Step,
} from "@org/auth-core";
import { defineCommand, type Command } from "../command.ts";
import { commonOptions } from "../common-options.ts";
import { answerJson, type Context } from "../context.ts";
import { exitCodes, exitStatusOf } from "../exit-codes.ts";
import { resolveOptions } from "../resolve-options.ts";
import { exitStatusOfSteps } from "../steps.ts";

/** Tells which credential is used, and why not another; and where each setting came from. It asks no server. */
export const explain: Command = defineCommand({
  name: "explain",
  summary: "tell which credential is used, and why, place by place; asks no server",
  options: {
    ...commonOptions,
    unset: { type: "string", value: "VARIABLE", multiple: true, help: "tell what would be if it were not set" },
  },
  async run(values, _operands, context) {
    const env = { ...context.env };
    for (const name of values.unset ?? []) {
      if (!Reflect.has(env, name)) context.onWarning(notSet(name, context));
      Reflect.deleteProperty(env, name);
    }
    const searched = await search(resolveOptions(values, { ...context, env }));
    const { found, steps } = await explainSearch(searched.providers);
    const refusal = found && refusalOf(found, searched.settings, context.product);
    const api = found && refusal === undefined ? apiTarget(found, searched.settings) : undefined;
    const settings = asUsed(searched.settings, found, api);
    if (values.json === true) {
      const { origins, refused } = settings;
      await answerJson(context, {
        settings: { ...valuesOf(settings), origins, refused },
        chosen: found?.provenance,
        api,
        refusal: refusal && { code: refusal.code, message: refusal.message, hint: refusal.hint },
        steps,
      });
    } else {
      const lines = [
        ...describeSettings(settings),
        ...steps.flatMap(describeStep),
        ...describeRefusal(refusal),
        ...describeApi(api),
      ];
      await context.stdout.write(`${lines.join("\n")}\n`);
    }
    if (refusal !== undefined) return exitStatusOf(refusal.code);
    return found === undefined ? exitStatusOfSteps(steps) : exitCodes.done.status;
  },
});

/** A stranger's own key goes where its file says, whatever the settings say of the API. */
function asUsed(settings: Settings, found: FoundCredential | undefined, api: ApiTarget | undefined): Settings {
  const { origins, refused } = settings;
  if (found === undefined || refused === undefined || !isOfStranger(found, settings)) return settings;
  const apiUrl = `${refused.name} in ${refused.path}, for its own key alone`;
  return { ...settings, apiUrl: api?.baseUrl, origins: { ...origins, apiUrl }, refused: undefined };
}

function notSet(name: string, { product }: Context): string {
  return `--unset ${name}: the environment has no such variable; names are whole, such as ${product.envPrefix}API_KEY`;
}

/** What the settings say, by the names that `origins` has too. No header's value: it may be a secret. */
function valuesOf({ site, baseName, profile, apiUrl, apiVersion, extraHeaders, logLevel, output }: Settings) {
  return {
    site: site?.name ?? (baseName === undefined ? undefined : `${baseName}, with another client id`),
    issuer: site?.issuer,
    clientId: site?.clientId,
    scopes: site?.scopes?.join(" "),
    audiences: site?.audiences?.join(" "),
    resources: site?.resources?.join(" "),
    apiUrl,
    profile,
    apiVersion,
    extraHeaders: extraHeaders && Object.keys(extraHeaders).join(", "),
    logLevel,
    output,
  };
}

function describeSettings(settings: Settings): readonly string[] {
  const { origins, refused } = settings;
  const rows = Object.entries(valuesOf(settings)).flatMap(([name, value]) => {
    const origin = name in origins ? origins[name as keyof typeof origins] : undefined;
    return value === undefined ? [] : [`  ${name.padEnd(13)} ${printable(value)}  (${printable(origin ?? "default")})`];
  });
  const warning =
    refused === undefined
      ? []
      : [`! ${refused.name} in ${printable(refused.path)} names ${printable(refused.origin)}; nobody trusts that file`];
  return ["Settings", ...rows, ...warning, "", "Credential, in the order in which places are asked"];
}

function describeRefusal(refusal: AuthError | undefined): readonly string[] {
  if (refusal === undefined) return [];
  const { message, code, hint } = refusal;
  return [`! and yet it is not used: ${printable(message, 500)} [${code}]`, `  fix: ${printable(hint, 500)}`];
}

/** Where the credential that is used goes. */
function describeApi(api: ApiTarget | undefined): readonly string[] {
  if (api === undefined) return [];
  const { baseUrl, origins } = api;
  const allowed = origins.length === 0 ? "no API" : origins.join(", ");
  return ["", `Requests go to ${printable(baseUrl)}; it is sent to ${printable(allowed, 500)} alone`];
}

const marks: Readonly<Record<Step["outcome"], string>> = {
  absent: "○",
  broken: "!",
  chosen: "●",
  "not-asked": " ",
  shadowed: "○",
};

const told: Readonly<Record<Step["outcome"], string>> = {
  absent: "nothing here",
  broken: "broken, so the search ends here",
  chosen: "used",
  "not-asked": "not asked",
  shadowed: "not used: a place before it wins",
};

function describeStep({ place, outcome, provenance, reason, message, hint }: Step): readonly string[] {
  const { name, account, mixedWith, unused } = provenance ?? {};
  const what = [name, account].flatMap((part) => part ?? []).map((part) => printable(part));
  return [
    `  ${marks[outcome]} ${place.padEnd(18)} ${told[outcome]}${what.length > 0 ? `: ${what.join(", ")}` : ""}`,
    ...(mixedWith === undefined ? [] : [`      with parts of ${printable(mixedWith.join(", "), 500)}`]),
    ...(unused === undefined ? [] : [`      not used, though it is there: ${printable(unused.join(", "), 500)}`]),
    ...(message === undefined ? [] : [`      ${printable(message, 500)} [${reason ?? "unexpected"}]`]),
    ...(hint === undefined ? [] : [`      to have one here: ${printable(hint, 500)}`]),
  ];
}
