import type { CredentialProvider, CredentialStore } from "@org/auth-core";
import { findLoginKey } from "../find-login.ts";
import type { Product } from "../product.ts";
import type { Settings } from "../settings.ts";

/** The login that `<name> login` has left in the store. */
export function storedLoginProvider(product: Product, settings: Settings, store: CredentialStore): CredentialProvider {
  const place = "stored-login";
  return {
    place,
    hint: loginHint(product, settings),
    async find() {
      const key = await findLoginKey(store, settings);
      const credential = key && (await store.read(key));
      if (credential?.kind !== "token-set") return undefined;
      const { username, email, subject } = credential.account ?? {};
      return { key, credential, provenance: { place, name: settings.profile, account: username ?? email ?? subject } };
    },
  };
}

/** The command that signs in where these settings mean. */
export function loginHint({ name }: Product, { site, profile }: Settings): string {
  const words = [name, "login"];
  if (site?.name !== undefined) words.push("--site", site.name);
  if (profile !== "default") words.push("--profile", profile);
  return `run \`${words.join(" ")}\``;
}
