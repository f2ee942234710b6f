import {
  explain,
  firstMatch,
  memoryStore,
  NoCredentialError,
  type ApiTarget,
  type CredentialProvider,
  type CredentialStore,
  type FoundCredential,
  type FreshnessOptions,
  type OnEvent,
  type TokenSource,
} from "@org/auth-core";
import type { Environment } from "./environment.ts";
import { defaultProduct, type Product } from "./product.ts";
import { environmentProvider } from "./providers/environment.ts";
import { explicitProvider } from "./providers/explicit.ts";
import { loginHint, storedLoginProvider } from "./providers/stored-login.ts";
import { readSettings, type ExplicitSettings, type Settings } from "./settings.ts";
import { sourceFor } from "./source-for.ts";
import { openStorage } from "./storage/open-storage.ts";
import { ladderStore } from "./storage/storage.ts";

/** What says which credential is meant, and what finding and renewing it works with. */
export interface ResolveOptions extends ExplicitSettings, FreshnessOptions {
  /** An API key to send, whatever else there is. */
  readonly apiKey?: string | undefined;
  /** Default: {@link defaultProduct}. */
  readonly product?: Product | undefined;
  /** Default: `process.env`. */
  readonly env?: Environment | undefined;
  /** Default: wherever this person's logins are kept, by `openStorage`. */
  readonly store?: CredentialStore | undefined;
  /** Carries requests to the authorization server. Default: `globalThis.fetch`. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** Told of every renewal. */
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
  /** Makes the tokens; they are held in memory and renewed early. */
  readonly source: TokenSource;
  /** Where the tokens may go. Absent: nothing says it. */
  readonly api?: ApiTarget | undefined;
}

/**
 * The search in its one order: argument, environment, stored login. The library, `status` and errors all use it. Rejects
 * with {@link AuthError} when a setting cannot be used.
 */
export async function search(options: ResolveOptions): Promise<Search> {
  const { product = defaultProduct, env = process.env } = options;
  const settings = await readSettings(product, options, env);
  const store = options.store ?? ladderStore(openStorage({ product, env }));
  const providers = [
    ...(options.apiKey === undefined ? [] : [explicitProvider(options.apiKey)]),
    environmentProvider(product, settings, env),
    storedLoginProvider(product, settings, store),
  ];
  return { settings, providers, store };
}

/**
 * Finds the credential and makes a source of its tokens. Rejects with {@link NoCredentialError} when no place has one,
 * and with {@link AuthError} when one is broken.
 */
export async function resolve(options: ResolveOptions = {}): Promise<Resolution> {
  const { product = defaultProduct } = options;
  const { settings, providers, store } = await search(options);
  const found = await firstMatch(providers).find();
  const hint = loginHint(product, settings);
  if (found === undefined) throw new NoCredentialError((await explain(providers)).steps, { hint });
  return {
    found,
    source: sourceFor(found, {
      ...options,
      store: found.key === undefined ? memoryStore() : store,
      settings,
      loginHint: hint,
    }),
    api: apiTarget(found, settings),
  };
}

function apiTarget({ credential }: FoundCredential, { apiUrl, site }: Settings): ApiTarget | undefined {
  const kept = credential.kind === "token-set" ? credential.api : undefined;
  if (apiUrl === undefined) return kept;
  const own = kept?.origins ?? [];
  // Where nobody has said whose login is meant, the one that was found goes only where it was made for.
  const isMeant = credential.kind !== "token-set" || site !== undefined;
  return { baseUrl: apiUrl, origins: isMeant ? [...new Set([new URL(apiUrl).origin, ...own])] : own };
}
