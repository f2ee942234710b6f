import { apiKey, memoryStore } from "@org/auth-core";
import { headlessPerson } from "@org/auth-testing";
import { expect, test } from "vitest";
import { defineProduct, openSession, type ProductSite } from "../src/index.ts";
import { resolve } from "../src/source.ts";
import { authServer, rejection, scriptedServer, tempFolder } from "./surroundings.ts";

const tokens = { access_token: "canary-access", token_type: "Bearer", expires_in: 3600 };

/** A product with one site, which is the one that is meant. */
function productWith(site: ProductSite) {
  return defineProduct({ name: "acme", envPrefix: "ACME_", userAgent: "acme/7", sites: { only: site } });
}

test("B.3-9 B.4-7 a server without metadata is asked at the endpoints that its site names, and for nothing else", async () => {
  const server = await scriptedServer((_request, response) =>
    response.setHeader("content-type", "application/json").end(JSON.stringify(tokens)),
  );
  const issuer = server.origin;
  const product = productWith({
    issuer,
    clientId: "app",
    endpoints: { token: `${issuer}/api/oauth2/RequestToken` },
    jsonTokenRequests: true,
  });
  const env = { ACME_CLIENT_ID: "app", ACME_REFRESH_TOKEN: "canary-refresh", HOME: tempFolder() };
  const { source } = await resolve({ product, env, folder: false, store: memoryStore() });
  expect((await source.getToken()).value).toBe("canary-access");
  expect(server.requests.map(({ method, target }) => `${method} ${target}`)).toEqual(["POST /api/oauth2/RequestToken"]);
  const [{ headers, body }] = server.requests as [(typeof server.requests)[number]];
  expect(headers).toMatchObject({ "content-type": "application/json", "user-agent": "acme/7" });
  expect(JSON.parse(body)).toMatchObject({ grant_type: "refresh_token", client_id: "app" });
});

test("B.4-6 a site's own parameters go with the authorization request, and replace none of the flow's", async () => {
  const server = await authServer();
  const shown: URL[] = [];
  const session = openSession({
    product: productWith({
      issuer: server.issuer,
      clientId: server.nativeClientId,
      authorizationParameters: { instance_id: "i-1", region: "americas", state: "mine" },
    }),
    env: { HOME: tempFolder(), ACME_STORE: "file" },
    folder: false,
    signIn: {
      flow: "browser",
      open: () => true,
      show: (url) => {
        shown.push(new URL(url));
        void headlessPerson(server.person).signIn(url);
      },
    },
  });
  expect(await session.getAccount()).toBeUndefined();
  await session.getAccessToken();
  const [parameters] = shown.map(({ searchParams }) => Object.fromEntries(searchParams));
  expect(parameters).toMatchObject({ instance_id: "i-1", region: "americas" });
  expect(parameters?.["state"]).not.toBe("mine");
  expect(await session.getAccount()).toMatchObject({ subject: expect.any(String) });
  expect(shown).toHaveLength(1);
});

test("B.1-25 an API key that a sign-in has left and that has ended asks for its person; one that was given is sent", async () => {
  const store = memoryStore();
  const issuer = "https://id.example.com";
  await store.update({ issuer, clientId: "app", profile: "default" }, () =>
    apiKey({ apiKey: "canary-key", expiresAtMs: 1 }),
  );
  const { source } = await resolve({ issuer, clientId: "app", store, env: {}, folder: false });
  expect(await rejection(source.getToken())).toMatchObject({
    code: "login_required",
    hint: `run \`org-auth login --issuer ${issuer} --client-id app\``,
    steps: [{}, {}, { place: "stored-login", outcome: "chosen" }],
  });

  const given = await resolve({ apiKey: "canary-key", env: {}, folder: false });
  expect((await given.source.getToken()).value).toBe("canary-key");
});
