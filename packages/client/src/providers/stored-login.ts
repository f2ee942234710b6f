import { shellQuoted, type CredentialProvider, type CredentialStore } from "@org/auth-core";
import { findLoginKey } from "../find-login.ts";
import type { Product } from "../product.ts";
import type { Settings } from "../settings.ts";

/** The login that `<name> login` has left in the store: its tokens, or the API key that was made with them. */
export function storedLoginProvider(product: Product, settings: Settings, store: CredentialStore): CredentialProvider {
  const place = "stored-login";
  return {
    place,
    hint: loginHint(product, settings),
    async find() {
      const key = await findLoginKey(store, settings);
      const credential = key && (await store.read(key));
      if (credential?.kind !== "token-set" && credential?.kind !== "api-key") return undefined;
      const { username, email, subject } = credential.account ?? {};
      return { key, credential, provenance: { place, name: settings.profile, account: username ?? email ?? subject } };
    },
  };
}

/** What to do to sign in where these settings mean. */
export function loginHint(product: Product, settings: Settings): string {
  return `run \`${loginCommand(product, settings)}\``;
}

/** The command that signs in where these settings mean. What the environment or a file says it finds there itself. */
export function loginCommand(
  { name, defaultProfile = "default" }: Product,
  { site, profile, origins, baseName }: Settings,
): string {
  const words = [name, "login"];
  if (site?.name !== undefined) words.push("--site", word(site.name));
  else if (site !== undefined) {
    if (origins.site === "--site" && baseName !== undefined) words.push("--site", word(baseName));
    if (origins.issuer === "--issuer") words.push("--issuer", word(site.issuer));
    if (origins.clientId === "--client-id") words.push("--client-id", word(site.clientId));
  }
  if (profile !== defaultProfile) words.push("--profile", word(profile));
  return words.join(" ");
}

/** As people write it; a profile may be named by a `.env` file that nobody trusts. */
function word(text: string): string {
  return /^[\w.@:/-]+$/.test(text) ? text : shellQuoted(text);
}
