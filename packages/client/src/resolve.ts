import {
  type AuthError,
  findFirst,
  memoryStore,
  NoCredentialError,
  type ApiTarget,
  type CredentialProvider,
  type CredentialStore,
  type FoundCredential,
  type FreshnessOptions,
  type OnEvent,
  type Step,
  type TokenSource,
  withSteps,
} from "@org/auth-core";
import { published } from "./event-channel.ts";
import { warnOfHiddenLogin } from "./hidden-login.ts";
import { storeHint } from "./kept-before-spent.ts";
import { defaultProduct, type Product } from "./product.ts";
import { argumentProviders, variablesProvider, type ExplicitCredential } from "./providers/given.ts";
import { isOfStranger, strangersProvider } from "./strangers-key.ts";
import { untrustedOrigin } from "./refused-destination.ts";
import { loginCommand, loginHint, storedLoginProvider } from "./providers/stored-login.ts";
import { workloadProvider } from "./providers/workload-identity.ts";
import { readSettings, type ExplicitSettings, type Settings } from "./settings.ts";
import { siteFetch } from "./site-fetch.ts";
import { siteHttp } from "./site-http.ts";
import { siteOfLogin } from "./site-of-login.ts";
import { sourceFor } from "./source-for.ts";
import { openStorage } from "./storage/open-storage.ts";
import { ladderStore } from "./storage/storage.ts";
import type { Surroundings } from "./surroundings.ts";

/** What says which credential is meant, and what finding and renewing it works with. */
export interface ResolveOptions extends ExplicitCredential, ExplicitSettings, FreshnessOptions, Surroundings {
  /**
   * - `required`: having no credential is an error.
   * - `optional`: without one, what is found is an anonymous one. One that is broken is an error.
   * - `none`: no place is asked, so it is anonymous.
   *
   * Default: `required`.
   */
  readonly auth?: "none" | "optional" | "required" | undefined;
  /** Only arguments and the stored login are asked for a credential. Default: false. */
  readonly ignoreEnv?: boolean | undefined;
  /** A secret may be in one place and the client id it belongs to in another; the provenance says so. Default: false. */
  readonly allowMixed?: boolean | undefined;
  /** Default: {@link defaultProduct}. */
  readonly product?: Product | undefined;
  /** Default: wherever this person's logins are kept, by `openStorage`. With a `memoryStore` nothing is on disk. */
  readonly store?: CredentialStore | undefined;
  /** Carries requests to the authorization server. Default: `globalThis.fetch`. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** Told what happens to the credential: every renewal, and more. What it is told is on `eventChannel` as well. */
  readonly onEvent?: OnEvent | undefined;
}

/** Everything a search for a credential works with. */
export interface Search {
  readonly settings: Settings;
  /** In the order in which they are asked. */
  readonly providers: readonly CredentialProvider[];
  readonly store: CredentialStore;
}

/** A credential, as one can use it. */
export interface Resolution {
  readonly found: FoundCredential;
  /** What each place said, in order, up to the one that has it. Those after it were not asked. */
  readonly steps: readonly Step[];
  /** Makes the tokens; they are held in memory and renewed early. Of an anonymous credential there are none. */
  readonly source: TokenSource;
  /** Where the tokens may go. Absent: nothing says it. */
  readonly api?: ApiTarget | undefined;
  readonly settings: Settings;
  /** The command that signs in at the site of what was found, for its profile. */
  readonly loginCommand: string;
  /** Carries requests to the site's servers: through its proxy, trusting its certificates. */
  readonly fetch: typeof globalThis.fetch;
}

/**
 * The search in its one order: arguments, environment, mounted secrets, `.env` file, stored login, workload identity. The
 * library, `status`, `explain` and errors all use it. Rejects with {@link AuthError} when a setting cannot be used.
 */
export async function search(options: ResolveOptions): Promise<Search> {
  const { product = defaultProduct, env = process.env, ignoreEnv = false, allowMixed, now, fetch, onWarning } = options;
  const settings = await readSettings(product, options, options);
  const store = options.store ?? ladderStore(openStorage({ product, env, onWarning }));
  const given = { product, settings, allowMixed, now, onWarning };
  const providers = [
    ...argumentProviders(options, given),
    ...(ignoreEnv
      ? []
      : settings.inputs.places.map(
          (place) => strangersProvider(place, settings, onWarning) ?? variablesProvider(place, given),
        )),
    storedLoginProvider(product, settings, store),
    ...(ignoreEnv ? [] : [workloadProvider({ product, settings, env, fetch })]),
  ];
  return { settings, providers: options.auth === "none" ? [] : providers, store };
}

/**
 * Finds the credential and makes a source of its tokens. `onWarning` is told when it is one of the environment, of a
 * mounted secret or of a `.env` file and hides a login of the same site and profile.
 *
 * Rejects with {@link NoCredentialError} when no place has one, and with {@link AuthError} when one is broken, or
 * (`untrusted_origin`) when only a `.env` file that nobody trusts says where it would go. The `steps` of these errors, and
 * of those that the source rejects with, tell which credential it was and how it was found.
 */
export async function resolve(options: ResolveOptions = {}): Promise<Resolution> {
  const { product = defaultProduct, env = process.env, auth = "required", onWarning } = options;
  const { settings, providers, store } = await search(options);
  const { found = auth === "required" ? undefined : anonymous, steps } = await findFirst(providers);
  if (found === undefined) throw new NoCredentialError(steps, { hint: loginHint(product, settings) });
  const refusal = refusalOf(found, settings, product);
  if (refusal !== undefined) throw withSteps(refusal, steps);
  if (onWarning !== undefined) await warnOfHiddenLogin(found, settings, store, onWarning);
  const {
    credential: { kind },
    provenance,
    key,
  } = found;
  if (kind !== "anonymous") published(options.onEvent)({ type: "credential-found", kind, provenance, key });
  // A login that was found without its site being named is renewed by what is configured of it all the same.
  const site = settings.site ?? (found.key && (await siteOfLogin(found.key, product, env)));
  const http = siteHttp(site, {
    product,
    env,
    fetch: options.fetch,
    now: options.now,
    onEvent: options.onEvent,
  });
  return {
    found,
    steps,
    source: sourceFor(found, {
      ...options,
      http,
      steps,
      store: isKept(found) ? store : memoryStore(),
      settings: { ...settings, site },
      loginHint: loginHint(product, { ...settings, site }),
      storeHint: storeHint(product),
    }),
    api: apiTarget(found, settings),
    loginCommand: loginCommand(product, { ...settings, site }),
    // The person's headers may be secrets.
    settings: isOfStranger(found, settings) ? { ...settings, extraHeaders: undefined } : settings,
    fetch: siteFetch(site, options),
  };
}

const anonymous: FoundCredential = { credential: { kind: "anonymous" }, provenance: { place: "none" } };

/** What the next process needs too: logins, and what changes with each renewal or costs a person something to get. */
function isKept({ key, credential: { kind } }: FoundCredential): boolean {
  return key !== undefined || kind === "refresh-token" || kind === "developer-token";
}

/**
 * What keeps a credential from being used: that only a `.env` file which nobody trusts says where it would go. A
 * credential and the place it is sent to come from the same or a more trusted source.
 */
export function refusalOf(
  { credential, provenance }: FoundCredential,
  { refused }: Settings,
  product: Product,
): AuthError | undefined {
  if (refused === undefined || credential.kind === "anonymous" || provenance.place === "dotenv") return undefined;
  const name = provenance.name === undefined ? "" : ` "${provenance.name}"`;
  return untrustedOrigin(refused, `the credential of the ${provenance.place}${name}`, product);
}

/** Where a credential that was found may go. `undefined`: nothing says it. */
export function apiTarget({ credential, provenance }: FoundCredential, settings: Settings): ApiTarget | undefined {
  const { apiUrl, site } = settings;
  const kept = credential.kind === "token-set" || credential.kind === "api-key" ? credential.api : undefined;
  if (apiUrl === undefined) return kept;
  if (kept !== undefined && provenance.place === "dotenv") {
    // That file's own key and address: whoever has named another address means another API, where the key may not go.
    return isOfStranger({ credential, provenance }, settings) ? kept : { ...kept, baseUrl: apiUrl };
  }
  const own = kept?.origins ?? [];
  // Where nobody has said whose login is meant, the one that was found goes only where it was made for.
  const isMeant = provenance.place !== "stored-login" || site !== undefined;
  const allowed = (site?.allowedOrigins ?? []).map((url) => new URL(url).origin);
  return { baseUrl: apiUrl, origins: isMeant ? [...new Set([new URL(apiUrl).origin, ...own, ...allowed])] : own };
}
