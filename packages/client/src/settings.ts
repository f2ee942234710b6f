import { AuthError, secureUrl } from "@org/auth-core";
import { readConfigFile } from "./config-file.ts";
import { variable, type Environment } from "./environment.ts";
import type { Product } from "./product.ts";
import type { Site } from "./site.ts";

/** What a caller says outright: arguments, or flags on the command line. Each wins over the environment. */
export interface ExplicitSettings {
  /** A site by its name in the configuration. Not together with `issuer` or `clientId`. */
  readonly site?: string | undefined;
  readonly issuer?: string | undefined;
  readonly clientId?: string | undefined;
  readonly scopes?: readonly string[] | undefined;
  readonly apiUrl?: string | undefined;
  readonly profile?: string | undefined;
}

/** All settings, from wherever each came. */
export interface Settings {
  /** Where to sign in. Absent: nothing says it, so whatever login there is will do. */
  readonly site?: Site | undefined;
  /** The name of the login. */
  readonly profile: string;
  /** The API's base URL, where something says it. */
  readonly apiUrl?: string | undefined;
}

/**
 * Gathers the settings: what the caller says, else the environment (`<PREFIX>SITE`, `ISSUER`, `CLIENT_ID`, `SCOPE`,
 * `API_URL`, `PROFILE`), else the configured site. A site's issuer and client id come together, from the first of these
 * that names either. Rejects with {@link AuthError}: `config_invalid`, `config_missing` or `insecure_endpoint`.
 */
export async function readSettings(product: Product, explicit: ExplicitSettings, env: Environment): Promise<Settings> {
  const fromEnv = (name: string): string | undefined => variable(product, env, name);
  const site = await selectSite(product, explicit, env);
  const scopes = explicit.scopes ?? fromEnv("SCOPE")?.split(/\s+/) ?? site?.scopes;
  const apiUrl = explicit.apiUrl ?? fromEnv("API_URL") ?? site?.apiUrl;
  if (site !== undefined) checkUrl(site.issuer, "the issuer");
  if (apiUrl !== undefined) checkUrl(apiUrl, "the API's address");
  return {
    site: site && { ...site, scopes, apiUrl },
    profile: explicit.profile ?? fromEnv("PROFILE") ?? "default",
    apiUrl,
  };
}

async function selectSite(product: Product, explicit: ExplicitSettings, env: Environment): Promise<Site | undefined> {
  const prefix = product.envPrefix;
  const fromEnv = {
    site: variable(product, env, "SITE"),
    issuer: variable(product, env, "ISSUER"),
    clientId: variable(product, env, "CLIENT_ID"),
  };

  for (const [named, names] of [
    [explicit, ["--site", "--issuer", "--client-id"]],
    [fromEnv, [`${prefix}SITE`, `${prefix}ISSUER`, `${prefix}CLIENT_ID`]],
  ] as const) {
    const [siteName, issuerName, clientIdName] = names;
    const isAdHoc = named.issuer !== undefined || named.clientId !== undefined;
    if (named.site !== undefined && isAdHoc) {
      throw new AuthError(
        "config_invalid",
        `${siteName} names a site and ${issuerName} or ${clientIdName} another; use one`,
      );
    }
    if (named.site !== undefined) return await configuredSite(product, env, named.site);
    if (isAdHoc) {
      const { issuer, clientId } = named;
      if (issuer === undefined) throw missing("the issuer", issuerName);
      if (clientId === undefined) throw missing("the client id", clientIdName);
      return { issuer, clientId };
    }
  }
  return await configuredSite(product, env);
}

async function configuredSite(product: Product, env: Environment, asked?: string): Promise<Site | undefined> {
  const { path, defaultSite, sites } = await readConfigFile(product, env);
  const name = asked ?? defaultSite;
  const site = name === undefined ? undefined : sites.get(name);
  if (asked !== undefined && site === undefined) {
    throw new AuthError("config_invalid", `there is no site "${asked}" in ${path}`, {
      hint: sites.size === 0 ? `add a table [sites.${asked}] to it` : `it has: ${[...sites.keys()].join(", ")}`,
    });
  }
  return site;
}

function missing(what: string, name: string): AuthError {
  return new AuthError("config_missing", `${what} is not set`, { hint: `set ${name}` });
}

function checkUrl(text: string, what: string): void {
  if (secureUrl(text) !== undefined) return;
  // No more than its origin: a user name comes with a password.
  const shown = URL.parse(text)?.origin ?? "no address at all";
  throw new AuthError("insecure_endpoint", `${what} is no https: address without a user name: ${shown}`);
}
