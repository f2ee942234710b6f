import assert from "node:assert/strict";
import { test } from "node:test";
import { createClient } from "@org/auth-client";
import { startAuthServer, startProtectedApi } from "@org/auth-testing";

void test("the API knows which machine calls it", async (context) => {
  const server = await startAuthServer();
  const api = await startProtectedApi({ introspect: server.introspect });
  context.after(() => Promise.all([server.close(), api.close()]));

  const machine = { issuer: server.issuer, ...server.confidentialClient, env: {}, folder: false } as const;
  const me = await createClient({ baseUrl: api.baseUrl, ...machine })
    .get("me")
    .json<{ clientId: string }>();
  assert.equal(me.clientId, machine.clientId);
});
