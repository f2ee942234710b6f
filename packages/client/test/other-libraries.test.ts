import { expect, test } from "vitest";
import { azureCredential, models, modelsByKey, openApi } from "./other-libraries.ts";
import { authServer, protectedApi, scriptedServer } from "./surroundings.ts";

// That docs/product-client.md shows these as they are is checked in test/readme.test.ts.

interface Paths {
  "/me": { get: { responses: { 200: { content: { "application/json": { clientId: string } } } } } };
}

test("a client of an OpenAPI description carries the token, and a refused one is replaced", async () => {
  const server = await authServer();
  const api = await protectedApi(server);
  const machine = { issuer: server.issuer, ...server.confidentialClient, env: {}, folder: false } as const;
  const client = openApi<Paths>(api.baseUrl, machine);
  for (const refusals of [0, 1]) {
    api.refuseNext(refusals);
    const { data } = await client.GET("/me");
    expect(data).toMatchObject({ clientId: machine.clientId });
  }
  expect(server.tokenRequests("client_credentials")).toBe(2);
});

test("an SDK gets the token into its requests, by fetch or by a function", async () => {
  const api = await scriptedServer((_request, response) =>
    response.writeHead(200, { "content-type": "application/json" }).end('{"object":"list","data":[]}'),
  );
  const key = { apiKey: "canary-key", env: {}, folder: false } as const;
  for (const client of [models(api.origin, key), modelsByKey(api.origin, key)]) await client.models.list();
  expect(api.requests.map(({ headers }) => headers.authorization)).toEqual(Array(2).fill("Bearer canary-key"));
});

test("Azure's SDKs get the token", async () => {
  const credential = azureCredential({ apiKey: "canary-key", env: {}, folder: false });
  expect(await credential.getToken("https://example.com/.default")).toMatchObject({ token: "canary-key" });
});
