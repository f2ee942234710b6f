import { findSite, readConfigFile, shownValue, siteFields, type ConfigFile, type Site } from "@org/auth-client/source";
import { AuthError, printable } from "@org/auth-core";
import { answerJson, say, type Context } from "../context.ts";
import { exitCodes } from "../exit-codes.ts";

/** Lists the sites there are. */
export async function listSites(isJson: boolean, context: Context): Promise<number> {
  const config = await readConfigFile(context.product, context.env);
  const sites = [...config.sites.values()].map((site) => {
    const { name = "", issuer, apiUrl } = site;
    return { name, issuer, api_url: apiUrl, default: name === config.defaultSite, from: placeOf(site, config) };
  });
  if (isJson) await answerJson(context, { config: config.path, default_site: config.defaultSite, sites });
  else if (sites.length === 0) await say(context, `No site is configured. ${howToAdd(context)}`);
  else {
    const rows = sites.map(({ name, issuer, api_url: api, default: isDefault, from }) => {
      return [`${isDefault ? "●" : "○"} ${printable(name)}`, printable(issuer), printable(api ?? "no API"), from];
    });
    await context.stdout.write(columns(rows));
  }
  return exitCodes.done.status;
}

/** Shows one site whole, with what it has from its base and from the product; without a name the default one. */
export async function showSite(asked: string | undefined, isJson: boolean, context: Context): Promise<number> {
  const config = await readConfigFile(context.product, context.env);
  const name = asked ?? config.defaultSite;
  if (name === undefined) throw noSite(config, context);
  const site = findSite(config, { value: name, from: "sites show" });
  const isDefault = site.name === config.defaultSite;
  const fields = Object.entries(siteFields(site)).map(([field, value]) => [field, shownValue(value, [field])] as const);
  const from = placeOf(site, config);
  if (isJson) {
    const facts = { name: site.name, default: isDefault, from, config: config.path };
    await answerJson(context, { ...facts, site: Object.fromEntries(fields) });
  } else {
    const where = from === "file" ? `from ${config.path}` : `comes with ${context.product.name}`;
    await context.stdout.write(
      printable(`${site.name ?? ""}${isDefault ? ", the default site" : ""}, ${where}`) + "\n",
    );
    await context.stdout.write(columns(fields.map(([field, value]) => [`  ${field}`, printable(inWords(value))])));
  }
  return exitCodes.done.status;
}

function placeOf({ name = "" }: Site, { ownNames }: ConfigFile): "file" | "product" {
  return ownNames.has(name) ? "file" : "product";
}

function noSite({ sites, path }: ConfigFile, context: Context): AuthError {
  return sites.size === 0
    ? new AuthError("config_missing", `there is no site in ${path}`, { hint: howToAdd(context) })
    : new AuthError("config_missing", `none of the sites in ${path} is the default one`, {
        hint: `name one of: ${[...sites.keys()].join(", ")}`,
      });
}

function howToAdd({ product }: Context): string {
  return `\`${product.name} sites add NAME --issuer URL --client-id ID\` adds one.`;
}

function inWords(value: unknown): string {
  if (typeof value === "string") return value;
  return Array.isArray(value) ? value.join(" ") : JSON.stringify(value);
}

function columns(rows: readonly (readonly string[])[]): string {
  const width = (column: number): number => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(width(column)))
      .join("  ")
      .trimEnd(),
  );
  return `${lines.join("\n")}\n`;
}
