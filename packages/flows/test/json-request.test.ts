import { tokenSet } from "@org/auth-core";
import { headlessPerson, startAuthServer } from "@org/auth-testing";
import { expect, onTestFinished, test } from "vitest";
import { clientCredentials, deviceCode, passwordGrant, refresh, revoke } from "../src/index.ts";
import { rejection } from "./rejection.ts";
import { scriptedServer } from "./scripted-server.ts";

const http = { jsonTokenRequests: true };
const tokens = { access_token: "access-canary-1", token_type: "Bearer", expires_in: 60 };
const post = { clientId: "app", clientSecret: "client canary&1", authMethod: "post" } as const;

test("B.3-9 B.4-7 B.4-12 where a site wants JSON, tokens are asked for and revoked by JSON", async () => {
  const server = await scriptedServer();
  server.on("/token", { json: tokens });
  server.on("/revoke", { json: {} });
  const { metadata } = server;
  const kept = { server: metadata, clientId: "app", accessToken: "access-canary-0", refreshToken: "refresh-canary-0" };
  const login = tokenSet({ ...kept, obtainedAtMs: 1, scopes: ["read"], generation: 0 });
  await refresh(login, { clientId: "app" }, http);
  await clientCredentials(metadata, post, { scopes: ["read", "write"], audiences: ["one", "two"], http });
  await revoke(metadata, post, "access-canary-0", { tokenTypeHint: "access_token", http });

  const credentials = { client_id: "app", client_secret: "client canary&1" };
  expect(server.requests.map(({ body }) => JSON.parse(body) as unknown)).toEqual([
    { grant_type: "refresh_token", refresh_token: "refresh-canary-0", client_id: "app" },
    { grant_type: "client_credentials", scope: "read write", audience: ["one", "two"], ...credentials },
    { token: "access-canary-0", token_type_hint: "access_token", ...credentials },
  ]);
  for (const { headers } of server.requests) expect(headers["content-type"]).toBe("application/json");
});

test("4.1-22 4.1-31 B.4-7 an error is one also with status 200, and a page that is no JSON is not shown", async () => {
  const server = await scriptedServer();
  server.on("/token", { json: { error: "invalid_grant", error_description: "it is used up" } });
  const attempt = (): Promise<unknown> => clientCredentials(server.metadata, post, { http });
  const error = await rejection(attempt());
  expect(error).toMatchObject({ code: "invalid_grant", status: 200 });
  expect(error.message).toContain("it is used up");
  for (const html of ["<h1>canary</h1>", "canary", ""]) {
    server.on("/token", { html });
    expect(await rejection(attempt())).toMatchObject({ code: "bad_response" });
  }
});

test("a real provider that reads JSON and nothing else signs in, renews and revokes", async () => {
  const server = await startAuthServer({
    jsonTokenRequests: true,
    clients: [{ ...post, authMethod: "client_secret_post" }],
  });
  onTestFinished(() => server.close());
  const native = { clientId: server.nativeClientId };
  const person = headlessPerson(server.person);
  const login = await deviceCode(server.metadata, native, {
    scopes: ["openid", "api:read"],
    show: async (shown) => {
      await person.approveDevice(shown);
    },
    sleep: () => Promise.resolve(),
    http,
  });
  const renewed = await refresh(login, native, http);
  expect(await server.introspect(renewed.accessToken)).toMatchObject({ active: true });
  await revoke(server.metadata, native, renewed.accessToken, { http });
  expect(await server.introspect(renewed.accessToken)).toEqual({ active: false });

  const { username, password } = server.person;
  const target = { username, password, scopes: ["api:read"] };
  const set = await passwordGrant(server.metadata, post, { ...target, http });
  expect(await server.introspect(set.accessToken)).toMatchObject({ active: true });
  expect(await rejection(passwordGrant(server.metadata, post, target))).toMatchObject({ code: "server_error" });
});
