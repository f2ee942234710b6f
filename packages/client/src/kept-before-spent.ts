import {
  apiKey,
  isAuthError,
  StoreError,
  type CredentialKey,
  type CredentialStore,
  type TokenSource,
} from "@org/auth-core";
import type { Product } from "./product.ts";
import { tryToKeep } from "./storage/try-to-keep.ts";

export interface KeptBeforeSpentOptions {
  readonly store: CredentialStore;
  /** Under which the source keeps what it renews. */
  readonly key: CredentialKey;
  /** Whether the first token needs no renewal, because one has been given along. */
  readonly hasToken: boolean;
  /** What holds the refresh token, by name. */
  readonly name: string;
  /** What to do where the store cannot keep anything. Default: that of the error's code. */
  readonly hint?: string | undefined;
}

/**
 * The same source of a refresh token that was given, which is spent only once the store has kept something: servers that
 * replace it end the whole login when the next process comes with the old one. Rejects with {@link StoreError} where the
 * store cannot.
 */
export function keptBeforeSpent(source: TokenSource, options: KeptBeforeSpentOptions): TokenSource {
  const { store, key } = options;
  let isSpending = !options.hasToken;
  let isSure = false;
  return {
    async getToken(asked) {
      // A store that has something under this key has been able to keep it. One that is asked within the renewal, under
      // its lock, may have no other lock for this.
      if (isSpending && !isSure) {
        if ((await store.read(key)) === undefined) await requireKeeping(options);
        isSure = true;
      }
      const token = await source.getToken(asked);
      isSpending = true;
      return token;
    },
  };
}

/** What a person can do where nothing can be kept. */
export function storeHint({ envPrefix }: Product): string {
  return (
    `set ${envPrefix}STORE=file, which keeps the next one in a folder that must outlive this machine or container; or ` +
    `${envPrefix}STORE=memory, where the server lets a refresh token be used again`
  );
}

async function requireKeeping({ store, name, hint }: KeptBeforeSpentOptions): Promise<void> {
  try {
    await tryToKeep(store, apiKey({ apiKey: "probe" }), "credential");
  } catch (error) {
    if (!isAuthError(error)) throw error;
    const message = `the refresh token in ${name} was not used, for the next one could not be kept: ${error.message}`;
    throw new StoreError(error.code, message, { cause: error, hint });
  }
}
