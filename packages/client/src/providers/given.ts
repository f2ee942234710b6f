import { apiKey, type CredentialProvider, type FoundCredential } from "@org/auth-core";
import { apiAddress } from "../api-address.ts";
import type { Product } from "../product.ts";
import type { Settings } from "../settings.ts";
import { firstVariable } from "../variables/inputs.ts";
import type { Variable, Variables } from "../variables/variables.ts";
import { givenCredential, secretParts, type Part, type Parts } from "./given-credential.ts";

export interface GivenOptions {
  readonly product: Product;
  readonly settings: Settings;
  /** Parts that this place lacks may come from others. Default: false. */
  readonly allowMixed?: boolean | undefined;
  readonly now?: (() => number) | undefined;
  /** Told, in a sentence for people, of what is odd. Default: nobody. */
  readonly onWarning?: ((warning: string) => void) | undefined;
}

/** Whatever credential the variables of one place make: the environment's, the mounted secrets' or the `.env` file's. */
export function variablesProvider(variables: Variables, options: GivenOptions): CredentialProvider {
  const { place } = variables;
  const { envPrefix } = options.product;
  const nameOf = (part: Part): string =>
    place === "mounted-secret" ? (envPrefix + part).toLowerCase() : envPrefix + part;
  const allowMixed = options.allowMixed === true && place !== "dotenv";
  const provider = providerOf(place, hints[place](envPrefix), (part) => variables.get(part), nameOf, {
    ...options,
    allowMixed,
  });
  return place === "dotenv" ? boundToOwnApi(provider, variables) : provider;
}

/** A key of a file in the working directory goes where that file says, and nowhere else. */
function boundToOwnApi(provider: CredentialProvider, variables: Variables): CredentialProvider {
  return {
    ...provider,
    async find() {
      const found = await provider.find();
      const url = variables.get("API_URL");
      if (found?.credential.kind !== "api-key" || url === undefined) return found;
      const baseUrl = apiAddress(url);
      const api = { baseUrl, origins: [new URL(baseUrl).origin] };
      const { apiKey: key, expiresAtMs } = found.credential;
      return { ...found, credential: apiKey({ apiKey: key, expiresAtMs, api }) };
    },
  };
}

const hints: Readonly<Record<Variables["place"], (prefix: string) => string>> = {
  environment: (prefix) => `set ${prefix}API_KEY, or ${prefix}ISSUER, ${prefix}CLIENT_ID and ${prefix}CLIENT_SECRET`,
  "mounted-secret": (prefix) => `mount a secret named ${prefix.toLowerCase()}api_key`,
  dotenv: (prefix) => `put ${prefix}API_KEY and ${prefix}API_URL into a .env file`,
};

/** What a caller may give outright. Each part is an argument of its own; a credential must be whole. */
export interface ExplicitCredential {
  readonly apiKey?: string | undefined;
  readonly accessToken?: string | undefined;
  readonly refreshToken?: string | undefined;
  readonly clientSecret?: string | undefined;
  /** A JWK as JSON, or PKCS #8 in PEM. */
  readonly privateKey?: string | undefined;
  readonly developerToken?: string | undefined;
  readonly username?: string | undefined;
  /** Deprecated: the server should ask for it. */
  readonly password?: string | undefined;
}

/** The credential that the caller's own arguments make. Without any there is no such place. */
export function argumentProviders(
  given: ExplicitCredential & { readonly clientId?: string | undefined; readonly issuer?: string | undefined },
  options: GivenOptions,
): readonly CredentialProvider[] {
  const get = (part: Part): Variable | undefined => {
    const name = argumentNames[part];
    const value = given[name];
    return value === undefined || value === "" ? undefined : { value, from: name };
  };
  const isGiven = secretParts.some((part) => get(part) !== undefined);
  return isGiven ? [providerOf("argument", "pass apiKey", get, (part) => argumentNames[part], options)] : [];
}

const argumentNames = {
  ACCESS_TOKEN: "accessToken",
  API_KEY: "apiKey",
  CLIENT_ID: "clientId",
  CLIENT_SECRET: "clientSecret",
  DEVELOPER_TOKEN: "developerToken",
  ISSUER: "issuer",
  PASSWORD: "password",
  PRIVATE_KEY: "privateKey",
  REFRESH_TOKEN: "refreshToken",
  USERNAME: "username",
} as const satisfies Record<Part, string>;

function providerOf(
  place: string,
  hint: string,
  own: Parts["get"],
  nameOf: Parts["nameOf"],
  { settings, allowMixed = false, now = Date.now, onWarning: warn = () => undefined }: GivenOptions,
): CredentialProvider {
  function find(): FoundCredential | undefined {
    const mixedWith = new Set<string>();
    const get = (part: Part): Variable | undefined => {
      const found = own(part);
      if (found !== undefined || !allowMixed || !mixable.has(part)) return found;
      // What a `.env` file says is for its own credential alone.
      const others = settings.inputs.places.filter((other) => other.place !== "dotenv");
      const other =
        firstVariable({ places: others }, part) ?? (part === "CLIENT_ID" ? clientOfSite(settings) : undefined);
      if (other !== undefined) mixedWith.add(other.from);
      return other;
    };
    const given = givenCredential({ get, nameOf, warn }, settings.site, now());
    if (given === undefined) return undefined;
    const { credential, from, account } = given;
    if (mixedWith.size > 0) warn(`what ${from} holds is used with ${[...mixedWith].join(" and ")}`);
    const unused = secretParts.flatMap((part) => own(part)?.from ?? []).filter((name) => !given.used.includes(name));
    return {
      credential,
      provenance: {
        place,
        name: from,
        account,
        ...(mixedWith.size > 0 && { mixedWith: [...mixedWith] }),
        ...(unused.length > 0 && { unused }),
      },
    };
  }
  return { place, hint, find: async () => Promise.resolve(find()) };
}

function clientOfSite({ site, origins, inputs }: Settings): Variable | undefined {
  const from = origins.clientId ?? "the site";
  return site === undefined || from === inputs.dotenv?.get("CLIENT_ID")?.from
    ? undefined
    : { value: site.clientId, from };
}

/** What says whose secret it is. A secret itself is never looked for elsewhere. */
const mixable: ReadonlySet<Part> = new Set<Part>(["CLIENT_ID", "USERNAME"]);
