import { expect, test } from "vitest";
import { clientCredentials, revoke } from "../src/index.ts";
import { rejection } from "./rejection.ts";
import { scriptedServer } from "./scripted-server.ts";

const machine = { clientId: "a machine:1", clientSecret: "client canary&1" };

test("a machine gets a token with its secret, and no refresh token is kept", async () => {
  const server = await scriptedServer();
  const json = {
    access_token: "a",
    token_type: "bearer",
    expires_in: 60,
    refresh_token: "r",
    id_token: "not.even.one",
  };
  server.on("/token", { json });
  const options = {
    scopes: ["read", "write"],
    http: { now: () => 7 },
  };
  const set = await clientCredentials(server.metadata, machine, options);

  expect({ ...set, accessToken: set.accessToken, refreshToken: set.refreshToken }).toEqual({
    kind: "token-set",
    server: server.metadata,
    clientId: "a machine:1",
    accessToken: "a",
    obtainedAtMs: 7,
    expiresAtMs: 60_007,
    scopes: ["read", "write"],
    generation: 0,
  });
  const [request] = server.requests;
  expect(Object.fromEntries(request?.form ?? [])).toEqual({
    grant_type: "client_credentials",
    scope: "read write",
  });
  // RFC 6749 section 2.3.1: each part is form-encoded before they are joined.
  const [, credentials = ""] = request?.headers.authorization?.split("Basic ") ?? [];
  const parts = Buffer.from(credentials, "base64").toString().split(":");
  expect(parts.map((part) => new URLSearchParams(`x=${part}`).get("x"))).toEqual([
    machine.clientId,
    machine.clientSecret,
  ]);
});

test("a secret goes into the form where the server wants it there", async () => {
  const server = await scriptedServer();
  server.on("/token", { json: { access_token: "a", token_type: "bearer" } });
  await clientCredentials(server.metadata, { ...machine, authMethod: "post" });
  expect(server.requests[0]?.headers.authorization).toBeUndefined();
  expect(Object.fromEntries(server.requests[0]?.form ?? [])).toEqual({
    grant_type: "client_credentials",
    client_id: machine.clientId,
    client_secret: machine.clientSecret,
  });
});

test("a secret that is not accepted is not told", async () => {
  const server = await scriptedServer();
  server.on("/token", { json: { error: "invalid_client" }, status: 401, headers: { "www-authenticate": "Basic" } });
  expect(await rejection(clientCredentials(server.metadata, machine))).toMatchObject({ code: "invalid_client" });
});

test("B.4-12 a token is revoked, of either kind, with a hint where there is one", async () => {
  const server = await scriptedServer();
  for (const answer of [{ html: "" }, { html: "<p>done</p>" }, { json: {}, status: 204 }, { json: { error: null } }]) {
    server.on("/revoke", answer);
    await revoke(server.metadata, { clientId: "app" }, "refresh-1", { tokenTypeHint: "refresh_token" });
  }
  await revoke(server.metadata, { clientId: "app" }, "access-1", { tokenTypeHint: "access_token" });
  await revoke(server.metadata, { clientId: "app" }, "refresh-1");
  expect(server.requests.map(({ form }) => Object.fromEntries(form))).toEqual([
    ...Array.from({ length: 4 }, () => ({ token: "refresh-1", token_type_hint: "refresh_token", client_id: "app" })),
    { token: "access-1", token_type_hint: "access_token", client_id: "app" },
    { token: "refresh-1", client_id: "app" },
  ]);
});

test("a token that could not be revoked is told, and not shown", async () => {
  const server = await scriptedServer();
  const attempt = (): Promise<void> => revoke(server.metadata, { clientId: "app" }, "refresh-canary-1");
  server.on("/revoke", { json: {}, status: 503 });
  expect(await rejection(attempt())).toMatchObject({ code: "server_unavailable" });
  for (const status of [400, 200]) {
    server.on("/revoke", { json: { error: "unsupported_token_type" }, status });
    expect(await rejection(attempt())).toMatchObject({ code: "unsupported_by_server" });
  }
});

test("where there is no revocation nothing is sent", async () => {
  const server = await scriptedServer();
  const metadata = { ...server.metadata, revocationEndpoint: undefined };
  const error = await rejection(revoke(metadata, { clientId: "app" }, "refresh-canary-1"));
  expect(error).toMatchObject({ code: "unsupported_by_server" });
  expect(server.requests).toEqual([]);
});
