import { expectTypeOf, test } from "vitest";
import {
  explain,
  firstMatch,
  fixed,
  isAuthError,
  memoryMutex,
  memoryStore,
  reuse,
  stored,
  tokenSet,
  type AccessToken,
  type ApiKey,
  type AuthError,
  type AuthErrorCode,
  type AuthEvent,
  type Credential,
  type CredentialKey,
  type CredentialProvider,
  type CredentialStore,
  type FoundCredential,
  type errorCodes,
  type GetTokenOptions,
  type LoginRequiredError,
  type Mutex,
  type NoCredentialError,
  type OnEvent,
  type Renew,
  type Seal,
  type ServerError,
  type Step,
  type TokenSet,
  type TokenSource,
} from "../src/index.ts";
import { storeContract } from "../src/store-contract.ts";

// What callers may rely on, and what they may not do. The compiler checks it: `tsc -p packages/core/test/tsconfig.json`.

test("a source is one method, whose options may all be left out", () => {
  expectTypeOf<keyof TokenSource>().toEqualTypeOf<"getToken">();
  expectTypeOf<TokenSource["getToken"]>().toEqualTypeOf<(options?: GetTokenOptions) => Promise<AccessToken>>();
  expectTypeOf<GetTokenOptions>().toEqualTypeOf<{
    readonly signal?: AbortSignal | undefined;
    readonly rejected?: AccessToken | undefined;
    readonly minTtlMs?: number | undefined;
  }>();
});

test("wrappers take a source and give one", () => {
  expectTypeOf(fixed).parameters.toEqualTypeOf<[AccessToken]>();
  expectTypeOf(fixed).returns.toEqualTypeOf<TokenSource>();
  expectTypeOf(reuse).parameter(0).toEqualTypeOf<TokenSource>();
  expectTypeOf(reuse).returns.toEqualTypeOf<TokenSource>();
  expectTypeOf(stored).parameter(0).toEqualTypeOf<CredentialStore>();
  expectTypeOf(stored).parameter(1).toEqualTypeOf<CredentialKey>();
  expectTypeOf(stored).parameter(2).toEqualTypeOf<Renew>();
  expectTypeOf(stored).returns.toEqualTypeOf<TokenSource>();
});

test("a provider finds a credential or nothing, and many are asked like one", () => {
  expectTypeOf<CredentialProvider["find"]>().toEqualTypeOf<() => Promise<FoundCredential | undefined>>();
  expectTypeOf(firstMatch).parameters.toEqualTypeOf<[providers: readonly CredentialProvider[]]>();
  expectTypeOf(firstMatch).returns.toExtend<Pick<CredentialProvider, "find">>();
  expectTypeOf(explain).returns.resolves.toHaveProperty("steps").toEqualTypeOf<readonly Step[]>();
});

test("a store reads, updates and lists", () => {
  expectTypeOf<keyof CredentialStore>().toEqualTypeOf<"list" | "read" | "update">();
  expectTypeOf<CredentialStore["read"]>().returns.resolves.toEqualTypeOf<Credential | undefined>();
  expectTypeOf<CredentialStore["list"]>().returns.resolves.toEqualTypeOf<readonly CredentialKey[]>();
  expectTypeOf(memoryStore).returns.toEqualTypeOf<CredentialStore>();
  expectTypeOf(memoryMutex).returns.toEqualTypeOf<Mutex>();
  expectTypeOf<Mutex["run"]>().toBeCallableWith("name", async () => 1);
  expectTypeOf(memoryMutex().run("name", async () => 1)).resolves.toEqualTypeOf<number>();
  expectTypeOf<Seal["open"]>().returns.resolves.toEqualTypeOf<Uint8Array>();
});

test("a store of one's own may change what it keeps at once, late, or take it away", () => {
  const { update } = memoryStore();
  expectTypeOf(update).parameter(1).toBeCallableWith(undefined);
  expectTypeOf<(current: Credential | undefined) => Credential>().toExtend<Parameters<typeof update>[1]>();
  expectTypeOf<() => undefined>().toExtend<Parameters<typeof update>[1]>();
  expectTypeOf<() => Promise<Credential | undefined>>().toExtend<Parameters<typeof update>[1]>();
  expectTypeOf<() => string>().not.toExtend<Parameters<typeof update>[1]>();
});

test("the contracts are data that any runner takes", () => {
  expectTypeOf(storeContract).items.toHaveProperty("name").toEqualTypeOf<string>();
  expectTypeOf(storeContract).items.toHaveProperty("run").returns.toEqualTypeOf<Promise<void>>();
});

test("credentials are told apart by their kind", () => {
  expectTypeOf<Credential["kind"]>().toEqualTypeOf<"api-key" | "client-secret" | "pending-login" | "token-set">();
  expectTypeOf<Extract<Credential, { kind: "token-set" }>>().toEqualTypeOf<TokenSet>();
  expectTypeOf(tokenSet).returns.toEqualTypeOf<TokenSet>();
  expectTypeOf<TokenSet["expiresAtMs"]>().toEqualTypeOf<number | undefined>();
  // A kind that the rest of the code does not know is no credential.
  expectTypeOf<{ readonly kind: "smoke-signal" }>().not.toExtend<Credential>();
});

test("what is given back cannot be changed", () => {
  expectTypeOf<Pick<AccessToken, "scopes" | "value">>().toEqualTypeOf<{
    readonly scopes: readonly string[];
    readonly value: string;
  }>();
  expectTypeOf<Pick<ApiKey, "apiKey">>().toEqualTypeOf<{ readonly apiKey: string }>();
  expectTypeOf<Pick<TokenSet, "generation" | "scopes">>().toEqualTypeOf<{
    readonly generation: number;
    readonly scopes: readonly string[];
  }>();
});

test("an error has a code of a closed list, and a guard tells ours from others", () => {
  expectTypeOf<keyof typeof errorCodes>().toEqualTypeOf<AuthErrorCode>();
  expectTypeOf<AuthErrorCode>().not.toEqualTypeOf<string>();
  expectTypeOf<"login_required">().toExtend<AuthErrorCode>();
  expectTypeOf<AuthError>().toExtend<Error>();
  expectTypeOf<AuthError["code"]>().toEqualTypeOf<AuthErrorCode>();
  expectTypeOf<AuthError["hint"]>().toBeString();
  expectTypeOf<AuthError["retryable"]>().toBeBoolean();
  expectTypeOf<LoginRequiredError>().toExtend<AuthError>();
  expectTypeOf<AuthError["steps"]>().toEqualTypeOf<readonly Step[] | undefined>();
  expectTypeOf<NoCredentialError["steps"]>().toEqualTypeOf<readonly Step[]>();
  expectTypeOf<ServerError["status"]>().toEqualTypeOf<number | undefined>();
  expectTypeOf(isAuthError).guards.toEqualTypeOf<AuthError>();
});

test("events are told apart by their type", () => {
  expectTypeOf<OnEvent>().toEqualTypeOf<(event: AuthEvent) => void>();
  expectTypeOf<Extract<AuthEvent, { type: "clock-skewed" }>["aheadMs"]>().toBeNumber();
  expectTypeOf<Extract<AuthEvent, { type: "renewal-ended" }>["outcome"]>().toEqualTypeOf<
    "adopted" | "failed" | "login-ended" | "saved" | "unsaved"
  >();
});
