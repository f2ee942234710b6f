import { memoryStore, type CredentialStore } from "@org/auth-core";
import { expect, test } from "vitest";
import { defaultSource } from "../src/index.ts";
import { keep, login, rejection } from "./surroundings.ts";

/** A store that counts the searches in it. */
function countedStore(): CredentialStore & { readonly searches: () => number } {
  const store = memoryStore();
  let searches = 0;
  return {
    ...store,
    searches: () => searches,
    list() {
      searches++;
      return store.list();
    },
  };
}

test("nothing is looked for before the first call, and once for all that come together", async () => {
  const store = countedStore();
  await keep(store, login());
  const source = defaultSource({ env: {}, store });
  expect(store.searches()).toBe(0);
  const tokens = await Promise.all(Array.from({ length: 20 }, () => source.getToken()));
  expect(new Set(tokens.map(({ value }) => value))).toEqual(new Set(["canary-login"]));
  await source.getToken();
  expect(store.searches()).toBe(1);
});

test("all who come together get the error, and the next call looks again", async () => {
  const store = countedStore();
  const source = defaultSource({ env: {}, store });
  const errors = await Promise.all(Array.from({ length: 20 }, () => rejection(source.getToken())));
  expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(["no_credential"]));
  const searches = store.searches();

  await keep(store, login());
  expect((await source.getToken()).value).toBe("canary-login");
  expect(store.searches()).toBe(searches + 1);
});

test("it looks again after something was broken", async () => {
  const env: Record<string, string> = { ORG_AUTH_CLIENT_SECRET: "canary-secret" };
  const source = defaultSource({ env, store: memoryStore() });
  expect(await rejection(source.getToken())).toMatchObject({ code: "partial_credential" });
  env["ORG_AUTH_API_KEY"] = "canary-key";
  expect((await source.getToken()).value).toBe("canary-key");
});

test("it stays with what it found", async () => {
  const env = { ORG_AUTH_API_KEY: "canary-first" };
  const source = defaultSource({ env, store: memoryStore() });
  await source.getToken();
  env.ORG_AUTH_API_KEY = "canary-second";
  expect((await source.getToken()).value).toBe("canary-first");
});

test("a caller gives up while the search goes on for the others", async () => {
  const { promise: goOn, resolve } = Promise.withResolvers<undefined>();
  const store = memoryStore();
  await keep(store, login());
  const slow: CredentialStore = {
    ...store,
    async list() {
      await goOn;
      return await store.list();
    },
  };
  const source = defaultSource({ env: {}, store: slow });
  const controller = new AbortController();
  const [given, other] = [source.getToken({ signal: controller.signal }), source.getToken()];
  controller.abort(new Error("enough"));
  await expect(given).rejects.toThrow("enough");
  resolve(undefined);
  expect((await other).value).toBe("canary-login");
});

test("a caller that has given up starts no search", async () => {
  const store = countedStore();
  const source = defaultSource({ env: {}, store });
  await expect(source.getToken({ signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow("enough");
  expect(store.searches()).toBe(0);
});
