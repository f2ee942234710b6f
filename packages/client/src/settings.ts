import { AuthError } from "@org/auth-core";
import { apiAddress } from "./api-address.ts";
import { profileOfFolder, readChoices } from "./choices.ts";
import { readConfigFile } from "./config-file.ts";
import { parseExtraHeaders } from "./extra-headers.ts";
import { preferencesOf, writtenPreferences, type Preferences } from "./preferences.ts";
import type { Product } from "./product.ts";
import { untrustedDestination, type RefusedDestination } from "./refused-destination.ts";
import { selectSite, type SelectedSite } from "./select-site.ts";
import type { Site } from "./site.ts";
import type { Surroundings } from "./surroundings.ts";
import { readVariable } from "./read-variable.ts";
import { firstVariable, readInputs, type Inputs } from "./variables/inputs.ts";
import type { Variable } from "./variables/variables.ts";

/** What a caller says outright: arguments, or flags on the command line. Each wins over the environment. */
export interface ExplicitSettings {
  /** A site by its name in the configuration, or by the host of its API or issuer. Not with the `issuer` of another. */
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
  /** The configured site that `site` is but for its client id, with which it has no name of its own. */
  readonly baseName?: string | undefined;
  /** What names a site, an issuer or the API outright, by an argument or a variable. Absent: nothing does. */
  readonly destinationFrom?: string | undefined;
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
  | "audiences"
  | "clientId"
  | "extraHeaders"
  | "issuer"
  | "logLevel"
  | "output"
  | "profile"
  | "resources"
  | "scopes"
  | "site";

/**
 * Gathers the settings: what the caller says, else the variables (`<PREFIX>SITE`, `ISSUER`, `CLIENT_ID`, `SCOPE`,
 * `API_URL`, `PROFILE`, `EXTRA_HEADERS`, `API_VERSION`, `LOG_LEVEL`, `OUTPUT`) of the environment, of mounted secrets and
 * of the `.env` file, in this order, else the configured site, else the product's. Which site that is `selectSite` says.
 *
 * Rejects with {@link AuthError} that names where the value is: `config_invalid`, `config_missing`, `insecure_endpoint`,
 * `untrusted_origin`, or `usage` for an argument that is blank.
 */
export async function readSettings(
  product: Product,
  explicit: ExplicitSettings,
  surroundings: Surroundings = {},
): Promise<Settings> {
  const { env = process.env, onWarning: warn } = surroundings;
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
  const { site, named, from } = selected;
  const api = argument("--api-url", explicit.apiUrl) ?? variable("API_URL");
  const profile = argument("--profile", explicit.profile) ?? namedProfile(inputs, chosenProfile(product, surroundings));
  const scope = variable("SCOPE");
  const asked = {
    scopes: explicit.scopes ?? scope?.value.split(/\s+/) ?? site?.scopes,
    audiences: explicit.audiences ?? site?.audiences,
    resources: explicit.resources ?? site?.resources,
  };
  const apiUrl = api === undefined ? site?.apiUrl : apiAddress(api);
  const extraHeaders = variable("EXTRA_HEADERS");
  const apiVersion = readVariable(inputs, "API_VERSION", versionOf, warn);
  const preferences = writtenPreferences(inputs, warn);
  return {
    site: site && { ...site, ...asked, apiUrl },
    baseName: selected.baseName,
    destinationFrom: named?.from ?? api?.from,
    profile: profile?.value ?? product.defaultProfile ?? "default",
    apiUrl,
    extraHeaders: extraHeaders && parseExtraHeaders(extraHeaders),
    apiVersion: apiVersion?.value,
    ...preferencesOf(preferences),
    origins: {
      ...originsOf({
        ...selected.origins,
        scopes: (explicit.scopes && "--scope") ?? scope?.from ?? (site?.scopes && from),
        audiences: (explicit.audiences && "--audience") ?? (site?.audiences && from),
        resources: (explicit.resources && "--resource") ?? (site?.resources && from),
        apiUrl: api?.from ?? (site?.apiUrl && from),
        extraHeaders: extraHeaders?.from,
        apiVersion: apiVersion?.from,
        logLevel: preferences.logLevel?.from,
        output: preferences.output?.from,
        profile: profile?.from,
      }),
    },
    refused: refusedOf(inputs, { api, named, hasSites: config.sites.size > 0 }),
    inputs,
  };
}

/** Where the `.env` file would win if it were trusted. Whoever names a site means its API, too. */
function refusedOf(
  inputs: Inputs,
  {
    api,
    named,
    hasSites,
  }: { readonly api: Variable | undefined; readonly named: SelectedSite["named"]; readonly hasSites: boolean },
): RefusedDestination | undefined {
  if (named?.as === "site") return undefined;
  const apiUrl = api === undefined ? untrustedDestination(inputs, "API_URL") : undefined;
  const issuer = named === undefined ? untrustedDestination(inputs, "ISSUER") : undefined;
  const refused = apiUrl ?? issuer;
  if (refused === undefined) return undefined;
  const instead = [
    ...(issuer === undefined ? [] : ["--issuer and --client-id"]),
    ...(apiUrl === undefined ? [] : ["--api-url"]),
  ].join(", and ");
  return { ...refused, instead: hasSites ? `--site, or ${instead}` : instead };
}

function versionOf({ value, from }: Variable): string {
  if (/^[\x20-\x7e]{1,100}$/.test(value)) return value;
  throw new AuthError("config_invalid", `the API version (${from}) has characters that no header can carry`);
}

function argument(flag: string, value: string | undefined): Variable | undefined {
  if (value?.trim() === "")
    throw new AuthError("usage", `${flag} is blank`, { hint: "give it a value, or leave it out" });
  return value === undefined ? undefined : { value, from: flag };
}

function originsOf(found: Readonly<Partial<Record<SettingName, string | undefined>>>): Settings["origins"] {
  return Object.fromEntries(Object.entries(found).filter(([, from]) => from !== undefined));
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
  if (bound !== undefined) return { value: bound.profile, from: `the choice for ${bound.folder}` };
  return choices.defaultProfile === undefined
    ? undefined
    : { value: choices.defaultProfile, from: "the chosen default" };
}
