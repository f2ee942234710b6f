import { openStore, variable, type ResolveOptions } from "@org/auth-client/source";
import type { CredentialStore } from "@org/auth-core";
import type { Values } from "./command.ts";
import { explicitSettings, storeKind, type commonOptions } from "./common-options.ts";
import type { Context } from "./context.ts";

/** What the library needs to find the credential that a command line means. */
export async function resolveOptions(
  values: Values<typeof commonOptions>,
  context: Context,
): Promise<ResolveOptions & { readonly store: CredentialStore }> {
  const { product, env, fetch, now, onEvent } = context;
  const kind = storeKind(values.store, variable(product, env, "STORE"));
  const store = await openStore(kind, product, env);
  return { ...explicitSettings(values), product, env, fetch, now, onEvent, store };
}
