import { expect, test } from "vitest";
import type { AuthEvent } from "@org/auth-core";
import { createClient, type ClientOptions } from "../src/index.ts";
import { authServer, protectedApi, rejection } from "./surroundings.ts";

type Server = Awaited<ReturnType<typeof authServer>>;

function environment({ issuer, confidentialClient }: Server): NonNullable<ClientOptions["env"]> {
  return {
    ORG_AUTH_ISSUER: issuer,
    ORG_AUTH_CLIENT_ID: confidentialClient.clientId,
    ORG_AUTH_CLIENT_SECRET: confidentialClient.clientSecret,
    ORG_AUTH_SCOPE: "api:read",
  };
}

test("B.6-8 B.2-7 a hundred calls at once make one discovery and one token request, and the next renewal one more", async () => {
  const server = await authServer();
  const api = await protectedApi(server);
  const events: AuthEvent[] = [];
  let lateMs = 0;
  const client = createClient({
    baseUrl: api.baseUrl,
    env: environment(server),
    now: () => Date.now() + lateMs,
    onEvent: (event) => events.push(event),
  });
  const callAll = async (): Promise<void> => {
    const answers = await Promise.all(Array.from({ length: 100 }, () => client.get("me").json()));
    expect(new Set(answers.map((answer) => JSON.stringify(answer)))).toEqual(
      new Set([JSON.stringify({ clientId: server.confidentialClient.clientId, scopes: ["api:read"] })]),
    );
  };

  await callAll();
  expect(server.tokenRequests("client_credentials")).toBe(1);
  expect(server.requests).toHaveLength(2);

  lateMs = 3_600_000;
  await callAll();
  expect(server.tokenRequests("client_credentials")).toBe(2);
  expect(server.requests).toHaveLength(3);
  expect(api.requests).toHaveLength(200);
  expect(events.map(({ type }) => type).filter((type) => type !== "clock-skewed")).toEqual([
    "credential-found",
    "renewal-started",
    "renewal-ended",
    "renewal-started",
    "renewal-ended",
  ]);
});

test("a server that is down for a moment is no end: the next call asks again", async () => {
  const server = await authServer();
  const api = await protectedApi(server);
  const client = createClient({ baseUrl: api.baseUrl, env: environment(server) });
  // Longer than a renewal waits for a server.
  server.failNext("/token", { status: 503, headers: { "retry-after": "60" } });
  expect(await rejection(client.get("me"))).toMatchObject({ code: "server_unavailable" });
  expect((await client.get("me")).status).toBe(200);
});

test("a wrong secret is told, and not shown", async () => {
  const server = await authServer();
  const api = await protectedApi(server);
  const env = { ...environment(server), ORG_AUTH_CLIENT_SECRET: "canary-wrong" };
  const client = createClient({ baseUrl: api.baseUrl, env });
  expect(await rejection(client.get("me"))).toMatchObject({ code: "invalid_client" });
  expect(api.requests).toEqual([]);
});

test("the given fetch carries both the token request and the call", async () => {
  const server = await authServer();
  const api = await protectedApi(server);
  const seen: string[] = [];
  const client = createClient({
    baseUrl: api.baseUrl,
    env: environment(server),
    fetch: (input, init) => {
      seen.push(new URL(input instanceof Request ? input.url : input).pathname);
      return fetch(input, init);
    },
  });
  await client.get("me");
  expect(seen).toEqual(["/.well-known/openid-configuration", "/token", "/v1/me"]);
});
