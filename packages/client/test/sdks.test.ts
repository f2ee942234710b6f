import OpenAI from "openai";
import createOpenApiClient from "openapi-fetch";
import { accessToken, fixed, type TokenSource } from "@org/auth-core";
import { expect, test } from "vitest";
import { asApiKeyFunction, asAzureCredential, authorizedFetch } from "../src/index.ts";
import { login, numberedSource, rejection, scriptedServer, type ScriptedServer } from "./surroundings.ts";
import { accessTokenOf } from "@org/auth-core";

/** An API that has had enough of the first token. */
function refusingFirst(answer: object): Promise<ScriptedServer> {
  return scriptedServer(({ headers }, response) => {
    const isRefused = headers.authorization === "Bearer canary-token-1";
    response.writeHead(isRefused ? 401 : 200, { "content-type": "application/json" });
    response.end(isRefused ? "{}" : JSON.stringify(answer));
  });
}

interface Paths {
  "/things/{id}": {
    put: {
      parameters: { path: { id: number } };
      requestBody: { content: { "application/json": { name: string } } };
      responses: { 200: { content: { "application/json": { made: boolean } } } };
    };
  };
}

test("openapi-fetch takes our fetch, and its bodies go again after a 401", async () => {
  const api = await refusingFirst({ made: true });
  const client = createOpenApiClient<Paths>({
    baseUrl: api.origin,
    fetch: authorizedFetch(numberedSource(), { origins: [api.origin] }),
  });
  const { data, response } = await client.PUT("/things/{id}", { params: { path: { id: 7 } }, body: { name: "a" } });
  expect([response.status, data]).toEqual([200, { made: true }]);
  expect(
    api.requests.map(({ method, target, body, headers }) => [method, target, body, headers.authorization]),
  ).toEqual([
    ["PUT", "/things/7", '{"name":"a"}', "Bearer canary-token-1"],
    ["PUT", "/things/7", '{"name":"a"}', "Bearer canary-token-2"],
  ]);
});

test("a vendor's SDK takes our fetch, which puts the token where its own key was", async () => {
  const api = await refusingFirst({ object: "list", data: [] });
  const client = new OpenAI({
    apiKey: "unused",
    baseURL: `${api.origin}/v1`,
    defaultHeaders: { authorization: null },
    fetch: authorizedFetch(numberedSource(), { origins: [api.origin] }),
    maxRetries: 0,
  });
  expect((await client.models.list()).data).toEqual([]);
  expect(api.requests.map(({ headers }) => headers.authorization)).toEqual([
    "Bearer canary-token-1",
    "Bearer canary-token-2",
  ]);
});

test("a vendor's SDK that asks a function for its key gets a token for each request", async () => {
  const api = await scriptedServer((_request, response) => {
    response.writeHead(200, { "content-type": "application/json" }).end('{"object":"list","data":[]}');
  });
  const source = numberedSource();
  const client = new OpenAI({ apiKey: asApiKeyFunction(source), baseURL: `${api.origin}/v1`, maxRetries: 0 });
  await client.models.list();
  await source.getToken({ rejected: await source.getToken() });
  await client.models.list();
  expect(api.requests.map(({ headers }) => headers.authorization)).toEqual([
    "Bearer canary-token-1",
    "Bearer canary-token-2",
  ]);
});

test("Azure's SDKs get a token and when it ends, or one to be asked for again where nobody knows", async () => {
  const expiresAtMs = Date.now() + 3_600_000;
  const known = asAzureCredential(fixed(accessToken({ value: "canary-token", expiresAtMs })));
  expect(await known.getToken("https://example.com/.default")).toEqual({
    token: "canary-token",
    expiresOnTimestamp: expiresAtMs,
  });
  const before = Date.now();
  const { expiresOnTimestamp } = await asAzureCredential(numberedSource()).getToken([]);
  expect(expiresOnTimestamp).toBeGreaterThanOrEqual(before);
  expect(expiresOnTimestamp).toBeLessThanOrEqual(Date.now());
});

test("Azure's SDKs can give up", async () => {
  const credential = asAzureCredential(fixed(accessToken({ value: "canary-token" })));
  const abortSignal = AbortSignal.abort(new Error("enough"));
  await expect(credential.getToken([], { abortSignal })).rejects.toThrow("enough");
});

test("a token that is worth nothing without a proof is given to no SDK", async () => {
  const bound: TokenSource = fixed(
    accessTokenOf(login({ accessToken: "canary-token", tokenType: "DPoP", dpopKey: "canary-key" })),
  );
  for (const work of [asAzureCredential(bound).getToken([]), asApiKeyFunction(bound)()])
    expect(await rejection(work)).toMatchObject({ code: "config_invalid" });
});
