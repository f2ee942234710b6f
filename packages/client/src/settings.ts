import { AuthError } from "@org/auth-core";
import { apiAddress } from "./api-address.ts";
import { profileOfFolder, readChoices } from "./choices.ts";
import { readConfigFile } from "./config-file.ts";
import { parseExtraHeaders } from "./extra-headers.ts";
import { preferencesOf, type Preferences } from "./preferences.ts";
import type { Product } from "./product.ts";
import { refusedDestination, type RefusedDestination } from "./refused-destination.ts";
import { originOf, selectSite } from "./select-site.ts";
import type { Site } from "./site.ts";
import type { Surroundings } from "./surroundings.ts";
import { firstVariable, readInputs, type Inputs } from "./variables/inputs.ts";
import type { Variable } from "./variables/variables.ts";

/** What a caller says outright: arguments, or flags on the command line. Each wins over the environment. */
export interface ExplicitSettings {
  /** A site by its name in the configuration, or by the host of its API or issuer. Not with `issuer` or `clientId`. */
  readonly site?: string | undefined;
  readonly issuer?: string | undefined;
  readonly clientId?: string | undefined;
  readonly scopes?: readonly string[] | undefined;
  /** Sent as `audience`, for servers that want it. */
  readonly audiences?: readonly string[] | undefined;
  /** Resource indicators (RFC 8707). */
  readonly resources?: readonly string[] | undefined;
  /** An address, or a domain. */
  readonly apiUrl?: string | undefined;
  readonly profile?: string | undefined;
}

/** All settings, from wherever each came. */
export interface Settings extends Preferences {
  /** Where to sign in. Absent: nothing says it, so whatever login there is will do. */
  readonly site?: Site | undefined;
  /** The name of the login. */
  readonly profile: string;
  /** The API's base URL, where something says it. */
  readonly apiUrl?: string | undefined;
  /** Headers for every request to the API that has none of that name. Absent: none. */
  readonly extraHeaders?: Readonly<Record<string, string>> | undefined;
  /** What to say to the API as `Api-Version`. Absent: nothing. */
  readonly apiVersion?: string | undefined;
  /** Where each value that is not a default came from, in words for people. */
  readonly origins: Readonly<Partial<Record<SettingName, string>>>;
  /** Where a `.env` file that nobody trusts would have credentials sent. Absent: nowhere, or something else decides. */
  readonly refused?: RefusedDestination | undefined;
  /** Where variables are looked up. */
  readonly inputs: Inputs;
}

export type SettingName =
  | "apiUrl"
  | "apiVersion"
  | "clientId"
  | "extraHeaders"
  | "issuer"
  | "logLevel"
  | "output"
  | "profile"
  | "scopes"
  | "site";

/**
 * Gathers the settings: what the caller says, else the variables (`<PREFIX>SITE`, `ISSUER`, `CLIENT_ID`, `SCOPE`,
 * `API_URL`, `PROFILE`, `EXTRA_HEADERS`, `API_VERSION`, `LOG_LEVEL`, `OUTPUT`) of the environment, of mounted secrets and
 * of the `.env` file, in this order, else the configured site, else the product's. A site's issuer and client id come
 * together, from the first place that names either.
 *
 * Rejects with {@link AuthError} that names where the value is: `config_invalid`, `config_missing` or `insecure_endpoint`.
 */
export async function readSettings(
  product: Product,
  explicit: ExplicitSettings,
  surroundings: Surroundings = {},
): Promise<Settings> {
  const { env = process.env } = surroundings;
  const inputs = await readInputs(product, surroundings);
  const config = await readConfigFile(product, env);
  const variable = (name: string): Variable | undefined => firstVariable(inputs, name);

  const selected = selectSite(
    {
      site: argument("--site", explicit.site),
      issuer: argument("--issuer", explicit.issuer),
      clientId: argument("--client-id", explicit.clientId),
    },
    product,
    inputs,
    config,
  );
  const { site } = selected;
  const api = argument("--api-url", explicit.apiUrl) ?? variable("API_URL");
  const siteApi = site?.apiUrl === undefined ? undefined : { value: site.apiUrl, from: originOf(site, config) };
  const profile = argument("--profile", explicit.profile) ?? namedProfile(inputs, chosenProfile(product, surroundings));
  const found = {
    scopes: variable("SCOPE"),
    apiUrl: api ?? siteApi,
    extraHeaders: variable("EXTRA_HEADERS"),
    apiVersion: variable("API_VERSION"),
    logLevel: variable("LOG_LEVEL"),
    output: variable("OUTPUT"),
  };

  const apiUrl = found.apiUrl && apiAddress(found.apiUrl);
  const named = {
    scopes: explicit.scopes ?? found.scopes?.value.split(/\s+/) ?? site?.scopes,
    audiences: explicit.audiences ?? site?.audiences,
    resources: explicit.resources ?? site?.resources,
  };
  return {
    site: site && { ...site, ...named, apiUrl },
    profile: profile?.value ?? product.defaultProfile ?? "default",
    apiUrl,
    extraHeaders: found.extraHeaders && parseExtraHeaders(found.extraHeaders),
    apiVersion: found.apiVersion && versionOf(found.apiVersion),
    ...preferencesOf(inputs),
    origins: { ...selected.origins, ...originsOf({ ...found, profile }) },
    refused:
      (api === undefined ? refusedDestination(product, inputs, "API_URL") : undefined) ??
      (selected.isNamed ? undefined : refusedDestination(product, inputs, "ISSUER")),
    inputs,
  };
}

function versionOf({ value, from }: Variable): string {
  if (/^[\x20-\x7e]{1,100}$/.test(value)) return value;
  throw new AuthError("config_invalid", `the API version (${from}) has characters that no header can carry`);
}

function argument(flag: string, value: string | undefined): Variable | undefined {
  return value === undefined ? undefined : { value, from: flag };
}

function originsOf(found: Readonly<Record<string, Variable | undefined>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(found).flatMap(([name, variable]) => (variable === undefined ? [] : [[name, variable.from]])),
  );
}

/** The person's own choice goes before what a file says that they do not trust, and after all else. */
function namedProfile(inputs: Inputs, chosen: Variable | undefined): Variable | undefined {
  const { dotenv, places } = inputs;
  const trusted = dotenv?.isTrusted === false ? places.filter((place) => place !== dotenv) : places;
  return firstVariable({ places: trusted }, "PROFILE") ?? chosen ?? firstVariable(inputs, "PROFILE");
}

/** The profile that the person has chosen, for this folder or for all. */
function chosenProfile(
  product: Product,
  { env = process.env, folder = process.cwd() }: Surroundings,
): Variable | undefined {
  const choices = readChoices(product, env);
  const bound = folder === false ? undefined : profileOfFolder(choices, folder);
  if (bound !== undefined) return { value: bound, from: `the choice for ${String(folder)}` };
  return choices.defaultProfile === undefined
    ? undefined
    : { value: choices.defaultProfile, from: "the chosen default" };
}
