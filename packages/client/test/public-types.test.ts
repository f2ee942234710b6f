import type {
  AccessToken,
  Account,
  CredentialStore,
  FoundCredential,
  GetTokenOptions,
  TokenSource,
} from "@org/auth-core";
import type { KyInstance } from "ky";
import { expectTypeOf, test } from "vitest";
import {
  asApiKeyFunction,
  asAzureCredential,
  authorizedFetch,
  createClient,
  defaultSource,
  defineClient,
  defineProduct,
  openSession,
  type AuthorizedFetchOptions,
  type Client,
  type ClientOptions,
  type Product,
  type ResolveOptions,
  type Session,
} from "../src/index.ts";
import { ladderStore, resolve, type Resolution } from "../src/source.ts";

// What callers may rely on. The compiler checks it: `tsc -p packages/client/tsconfig.json`.

test("an authorized fetch is a fetch, and has to be told where tokens may go", () => {
  expectTypeOf(authorizedFetch).returns.toEqualTypeOf<typeof globalThis.fetch>();
  expectTypeOf(authorizedFetch).parameter(0).toEqualTypeOf<TokenSource>();
  expectTypeOf<Pick<AuthorizedFetchOptions, "origins">>().toEqualTypeOf<{ readonly origins: readonly string[] }>();
  expectTypeOf<{ readonly auth: "optional" }>().not.toExtend<AuthorizedFetchOptions>();
});

test("a client is a ky instance that knows its account, and takes no fetch or base of ky's", () => {
  expectTypeOf(createClient).returns.toEqualTypeOf<Client>();
  expectTypeOf<Client>().toExtend<KyInstance>();
  expectTypeOf<Client>().toHaveProperty("account");
  expectTypeOf<NonNullable<ClientOptions["ky"]>>().not.toHaveProperty("fetch");
  expectTypeOf<NonNullable<ClientOptions["ky"]>>().not.toHaveProperty("baseUrl");
  expectTypeOf<ReturnType<Client["get"]>["json"]>().returns.toEqualTypeOf<Promise<unknown>>();
});

test("a product's own client needs no options", () => {
  expectTypeOf(defineClient).returns.toEqualTypeOf<(options?: ClientOptions) => Client>();
  expectTypeOf(defineProduct).returns.toEqualTypeOf<Product>();
});

test("a source is found without options, and is a source like any other", () => {
  expectTypeOf(defaultSource).toBeCallableWith();
  expectTypeOf(defaultSource).returns.toEqualTypeOf<TokenSource>();
  expectTypeOf<ReturnType<typeof defaultSource>["getToken"]>().toEqualTypeOf<
    (options?: GetTokenOptions) => Promise<AccessToken>
  >();
});

test("a resolution tells what was found, and makes its tokens", () => {
  expectTypeOf(resolve).parameter(0).toEqualTypeOf<ResolveOptions | undefined>();
  expectTypeOf(resolve).returns.resolves.toEqualTypeOf<Resolution>();
  expectTypeOf<Resolution["found"]>().toEqualTypeOf<FoundCredential>();
  expectTypeOf<Resolution["source"]>().toEqualTypeOf<TokenSource>();
  expectTypeOf<Resolution["fetch"]>().toEqualTypeOf<typeof globalThis.fetch>();
});

test("a session is a source that tells its tokens, its account, and ends", () => {
  expectTypeOf(openSession).returns.toEqualTypeOf<Session>();
  expectTypeOf<Session>().toExtend<TokenSource>();
  expectTypeOf<Session["getAccessToken"]>().returns.resolves.toBeString();
  expectTypeOf<Session["getAccount"]>().returns.resolves.toEqualTypeOf<Account | undefined>();
});

test("the ladder of stores is a store", () => {
  expectTypeOf(ladderStore).returns.toExtend<CredentialStore>();
});

test("other SDKs get what they take", () => {
  // As `TokenCredential` of @azure/core-auth and `apiKey` of openai have it.
  interface AzureTokenCredential {
    getToken(
      scopes: string | string[],
      options?: { readonly abortSignal?: AbortSignal },
    ): Promise<{ readonly token: string; readonly expiresOnTimestamp: number } | null>;
  }
  expectTypeOf(asAzureCredential).returns.toExtend<AzureTokenCredential>();
  expectTypeOf(asApiKeyFunction).returns.toExtend<() => Promise<string>>();
});
