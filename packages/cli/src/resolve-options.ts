import { ladderStore, type ResolveOptions, type Storage } from "@org/auth-client/source";
import type { CredentialStore } from "@org/auth-core";
import type { Values } from "./command.ts";
import { explicitSettings, storeKind, type commonOptions } from "./common-options.ts";
import { surroundingsOf, type Context } from "./context.ts";
import { openContextStorage } from "./storage.ts";

/** What the library needs to find the credential that a command line means, and where logins are kept. */
export interface CommandOptions extends ResolveOptions {
  readonly store: CredentialStore;
  readonly storage: Storage;
}

/** Gathers them. Nothing is opened yet. */
export function resolveOptions(values: Values<typeof commonOptions>, context: Context): CommandOptions {
  const { product, fetch, now, onEvent } = context;
  const storage = openContextStorage({ kind: storeKind(values.store) }, context);
  return {
    ...explicitSettings(values),
    ...surroundingsOf(context),
    ignoreEnv: values["ignore-env"],
    allowMixed: values["allow-mixed"],
    product,
    fetch,
    now,
    onEvent,
    storage,
    store: ladderStore(storage),
  };
}
