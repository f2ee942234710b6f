import {
  addSite,
  allowOrigin,
  apiAddress,
  modifySite,
  readSettings,
  removeSite,
  type ConfigChange,
} from "@org/auth-client/source";
import { AuthError } from "@org/auth-core";
import { defineCommand, type Command, type Values } from "../command.ts";
import { commonOptions } from "../common-options.ts";
import { surroundingsOf, type Context } from "../context.ts";
import { changeSites } from "../sites/change-sites.ts";
import { listSites, showSite } from "../sites/show-sites.ts";
import { fieldChanges, siteOptions } from "../sites/site-options.ts";

const options = {
  ...siteOptions,
  default: { type: "boolean", help: "add, modify: make it the site that is meant when none is named" },
  site: {
    ...commonOptions.site,
    help: "allow-host: the site whose tokens may go there (default: the one that is meant)",
  },
  yes: { type: "boolean", help: "write without asking" },
  "dry-run": { type: "boolean", help: "show what would be written, and write nothing" },
  json: commonOptions.json,
} as const;

const actions = ["list", "show", "add", "modify", "remove", "allow-host"] as const;

/** Shows the configured sites, and changes them. */
export const sites: Command = defineCommand({
  name: "sites",
  summary: "show the configured sites (list, show), or change them (add, modify, remove, allow-host)",
  operands: "list | show [NAME] | add|modify|remove NAME | allow-host HOST",
  options,
  async run(values, [word, operand, ...others], context) {
    const action = actions.find((action) => action === word);
    if (action === undefined || others.length > 0 || (action === "list" && operand !== undefined)) {
      throw new AuthError("usage", `sites takes one of: ${actions.join(", ")}; then one name at the most`);
    }
    refuseOthers(action, values);
    const isJson = values.json === true;
    if (action === "list") return await listSites(isJson, context);
    if (action === "show") return await showSite(operand, isJson, context);
    const change = await changeOf(action, operand, values, context);
    const [isDry, isSure] = [values["dry-run"] === true, values.yes === true];
    return await changeSites(change, { isDry, isSure, isJson }, context);
  },
});

type Action = (typeof actions)[number];

const writing = ["yes", "dry-run", "json"];
const fields = Object.keys(siteOptions);

/** What each of them takes. */
const taken: Readonly<Record<Action, readonly string[]>> = {
  list: ["json"],
  show: ["json"],
  add: [...fields.filter((name) => name !== "unset"), "default", ...writing],
  modify: [...fields, "default", ...writing],
  remove: writing,
  "allow-host": ["site", ...writing],
};

function refuseOthers(action: Action, values: Values<typeof options>): void {
  const other = Object.keys(values).find((name) => !taken[action].includes(name));
  if (other !== undefined) throw new AuthError("usage", `sites ${action} takes no --${other}`);
}

async function changeOf(
  action: Exclude<Action, "list" | "show">,
  operand: string | undefined,
  values: Values<typeof options>,
  context: Context,
): Promise<ConfigChange> {
  if (action === "add" || action === "modify") {
    const name = operand ?? (action === "add" ? URL.parse(values.issuer ?? "")?.host : undefined);
    if (name === undefined) throw noOperand(action, "the name of a site");
    const changes = { name, fields: await fieldChanges(values), isDefault: values.default };
    if (action === "add") return addSite(changes);
    if (changes.fields.length > 0 || changes.isDefault === true) return modifySite(changes);
    throw new AuthError("usage", "sites modify takes at least one option that says what to change");
  }
  if (operand === undefined) throw noOperand(action, action === "remove" ? "the name of a site" : "a host");
  if (action === "remove") return removeSite(operand);
  const { origin } = new URL(apiAddress({ value: operand, from: "the host to allow" }));
  return allowOrigin(await siteMeant(values.site, context), origin);
}

function noOperand(action: Action, what: string): AuthError {
  return new AuthError("usage", `sites ${action} takes ${what}`);
}

/** The name of the configured site that a command without options would use. */
async function siteMeant(asked: string | undefined, context: Context): Promise<string> {
  const { site } = await readSettings(context.product, { site: asked }, surroundingsOf(context));
  if (site?.name !== undefined) return site.name;
  throw new AuthError("config_missing", "no configured site is meant", { hint: "name one with --site" });
}
