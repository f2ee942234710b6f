import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { changedTokenSet, memoryStore } from "@org/auth-core";
import { fileStore } from "@org/auth-storage-file";
import type { AuthServer } from "@org/auth-testing";
import { expect, test } from "vitest";
import { authorizedFetch, createClient } from "../src/index.ts";
import { ladderStore, openStorage, resolve, search } from "../src/source.ts";
import { authServer, keep, protectedApi, rejection, signIn, tempFolder } from "./surroundings.ts";

test("B.5-5 B.5-8 a person signs in once, and every later process calls and renews with what is kept", async () => {
  const server = await authServer();
  const api = await protectedApi(server);
  const place = { ORG_AUTH_ISSUER: server.issuer, ORG_AUTH_CLIENT_ID: server.nativeClientId };
  const env = { HOME: tempFolder(), ...place, ORG_AUTH_STORE: "file" };
  const target = { baseUrl: api.baseUrl, origins: [api.origin] };
  const set = changedTokenSet(await signIn(server), { api: target });
  const key = await keep((await search({ env })).store, set);
  const before = server.requests.length;

  const me = await createClient({ baseUrl: api.baseUrl, env }).get("me").json();
  expect(me).toMatchObject({ subject: server.person.subject });
  expect(server.requests).toHaveLength(before);

  api.refuse(set.accessToken);
  const client = createClient({ baseUrl: api.baseUrl, env });
  const answers = await Promise.all(Array.from({ length: 20 }, () => client.get("me")));
  expect(answers.filter(({ ok }) => ok)).toHaveLength(20);
  expect(server.requests).toHaveLength(before + 1);
  expect(server.tokenRequests("refresh_token")).toBe(1);

  // Kept before it was used: who comes next reads it, and asks nobody.
  const kept = await ladderStore(openStorage({ kind: "file", env })).read(key);
  expect(kept).toMatchObject({ generation: 1, account: { subject: server.person.subject }, api: target });
  expect((await createClient({ baseUrl: api.baseUrl, env }).get("me")).status).toBe(200);
  expect(server.requests).toHaveLength(before + 1);
  expect(server.refreshTokenReuses).toBe(0);
});

test("B.4-10 a token that is about to end is renewed before it is sent", async () => {
  const server = await authServer();
  const api = await protectedApi(server);
  const store = memoryStore();
  await keep(store, await signIn(server));
  const now = (): number => Date.now() + 3_590_000;
  expect((await createClient({ baseUrl: api.baseUrl, ...site(server), env: {}, store, now }).get("me")).status).toBe(
    200,
  );
  expect(api.requests).toHaveLength(1);
  expect(server.tokenRequests("refresh_token")).toBe(1);
});

test("two sources over one folder renew once between them", async () => {
  const server = await authServer();
  const api = await protectedApi(server);
  const folder = tempFolder();
  const set = await signIn(server);
  await keep(fileStore({ folder }), set);
  api.refuse(set.accessToken);
  const calls = [1, 2].map(async () => {
    const { source } = await resolve({ env: {}, store: fileStore({ folder }) });
    return (await authorizedFetch(source, { origins: [api.origin] })(`${api.baseUrl}/me`)).status;
  });
  expect(await Promise.all(calls)).toEqual([200, 200]);
  expect(server.tokenRequests("refresh_token")).toBe(1);
  expect(server.refreshTokenReuses).toBe(0);
});

test("B.5-9 a login that was removed meanwhile asks for its person, by the product's own command", async () => {
  const server = await authServer();
  const api = await protectedApi(server);
  const store = memoryStore();
  const product = { name: "acme", envPrefix: "ACME_" };
  const set = await signIn(server);
  const key = await keep(store, set, "work");
  const client = createClient({ baseUrl: api.baseUrl, ...site(server), product, profile: "work", env: {}, store });
  expect((await client.get("me")).status).toBe(200);

  await store.update(key, () => undefined);
  api.refuse(set.accessToken);
  expect(await rejection(client.get("me"))).toMatchObject({
    name: "LoginRequiredError",
    hint: `run \`acme login --issuer ${server.issuer} --client-id ${server.nativeClientId} --profile work\``,
  });

  // Nothing has to be restarted once the person has signed in again.
  await keep(store, await signIn(server), "work");
  expect((await client.get("me")).status).toBe(200);
});

test("a login that the server has ended asks for its person, and is kept as ended", async () => {
  const server = await authServer();
  const api = await protectedApi(server);
  const store = memoryStore();
  const key = await keep(store, await signIn(server));
  const client = createClient({ baseUrl: api.baseUrl, ...site(server), env: {}, store });
  server.endSession();
  for (let round = 0; round < 2; round++)
    expect(await rejection(client.get("me"))).toMatchObject({
      name: "TokenExpiredError",
      hint: `run \`org-auth login --issuer ${server.issuer} --client-id ${server.nativeClientId}\``,
    });
  expect(await store.read(key)).toMatchObject({ ended: { reason: "invalid_grant" } });
  expect(server.tokenRequests("refresh_token")).toBe(1);
});

test("a person's store is made when it is first written to, and not before", async () => {
  const home = tempFolder();
  const store = ladderStore(openStorage({ kind: "file", env: { HOME: home } }));
  expect(readdirSync(home)).toEqual([]);
  expect(await store.list()).toEqual([]);
  const server = await authServer();
  const key = await keep(store, await signIn(server));
  expect(await store.list()).toEqual([key]);
  expect(existsSync(join(home, ".local", "share", "org-auth"))).toBe(true);
});

test("a login that nobody has named goes to no API but its own", async () => {
  const server = await authServer();
  const [own, foreign] = [await protectedApi(server), await protectedApi(server)];
  const set = await signIn(server);
  for (const api of [undefined, { baseUrl: own.baseUrl, origins: [own.origin] }]) {
    const store = memoryStore();
    await keep(store, changedTokenSet(set, { api }));
    const error = await rejection(createClient({ baseUrl: foreign.baseUrl, env: {}, store }).get("me"));
    expect(error).toMatchObject({ name: "AuthError", code: "host_not_allowed" });
    expect((await createClient({ baseUrl: foreign.baseUrl, ...site(server), env: {}, store }).get("me")).status).toBe(
      200,
    );
  }
  expect(foreign.requests).toHaveLength(2);
});

/** The words that name the login a test has kept. */
function site({ issuer, nativeClientId }: AuthServer): { readonly issuer: string; readonly clientId: string } {
  return { issuer, clientId: nativeClientId };
}
