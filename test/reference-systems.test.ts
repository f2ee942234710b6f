import type { Product, ResolveOptions } from "@org/auth-client";
import { resolve, type Resolution } from "@org/auth-client/source";
import { memoryStore } from "@org/auth-core";
import { expect, test } from "vitest";
import { anaconda, descartesLabs, keystone, pancloud, wallaroo } from "../examples/reference-products.ts";

// What docs/reference-systems.md tells the users of these systems to say. That it shows the example as it is is checked
// with the README's, in readme.test.ts.

/** What is found of these variables, without the prefix. */
async function found(product: Product, variables: object, more: ResolveOptions = {}): Promise<Resolution> {
  const env = Object.fromEntries(Object.entries(variables).map(([name, value]) => [product.envPrefix + name, value]));
  return await resolve({ product, env, folder: false, store: memoryStore(), ...more });
}

const client = { CLIENT_ID: "theirs" };
const given: readonly (readonly [product: Product, variables: object, kind: string])[] = [
  [anaconda, { API_KEY: "test-only" }, "api-key"],
  [descartesLabs, { ...client, CLIENT_SECRET: "test-only" }, "client-secret"],
  [descartesLabs, { ...client, REFRESH_TOKEN: "test-only" }, "refresh-token"],
  [descartesLabs, { TOKEN: "test-only" }, "static-token"],
  [pancloud, { ...client, CLIENT_SECRET: "test-only", REFRESH_TOKEN: "test-only" }, "refresh-token"],
  [pancloud, { ACCESS_TOKEN: "test-only" }, "static-token"],
  [pancloud, { DEVELOPER_TOKEN: "test-only" }, "developer-token"],
  [wallaroo, { USER: "ana", PASSWORD: "test-only" }, "password"],
  [wallaroo, { ACCESS_TOKEN: "test-only" }, "static-token"],
];

test.for(given)("the variables of $0.name are found by their old names: $1", async ([product, variables, kind]) => {
  const { found: it, settings, api } = await found(product, variables);
  expect([it.credential.kind, it.provenance.place]).toEqual([kind, "environment"]);
  expect(settings.site).toMatchObject("CLIENT_ID" in variables ? { clientId: "theirs" } : {});
  expect(api?.baseUrl).toBe(Object.values(product.sites ?? {})[0]?.apiUrl);
});

test("servers have names: one is the default, another is named by a variable or an argument", async () => {
  const store = memoryStore();
  const issuerOf = async (variables: object, more: ResolveOptions = {}): Promise<string | undefined> =>
    (await found(keystone, variables, { auth: "none", store, ...more })).settings.site?.issuer;
  expect(await issuerOf({})).toBe(keystone.sites?.["production"]?.issuer);
  for (const staging of [issuerOf({ SITE: "staging" }), issuerOf({}, { site: "staging" })])
    expect(await staging).toBe(keystone.sites?.["staging"]?.issuer);
});

test("an address on one's own premises takes the place of the product's", async () => {
  const own = { AUTH_URL: "https://wallaroo.internal.example/auth/realms/master", CLIENT_ID: "sdk-client" };
  const { settings, api } = await found(wallaroo, { ...own, URL: "wallaroo.internal.example", ACCESS_TOKEN: "x" });
  expect(settings.site).toMatchObject({ issuer: own.AUTH_URL, clientId: "sdk-client" });
  expect(api).toEqual({ baseUrl: "https://wallaroo.internal.example", origins: ["https://wallaroo.internal.example"] });
});
