import { once } from "node:events";
import { isHTTPError, isNetworkError, isTimeoutError } from "ky";
import { accessToken, fixed } from "@org/auth-core";
import { expect, test } from "vitest";
import { createClient, type Environment } from "../src/index.ts";
import {
  authServer,
  failure,
  numberedSource,
  protectedApi,
  recordingServer,
  rejection,
  scriptedServer,
} from "./surroundings.ts";

const source = fixed(accessToken({ value: "canary-token" }));

test("paths are found below the base URL, and absolute ones below its origin", async () => {
  const api = await recordingServer();
  for (const baseUrl of [`${api.origin}/v1`, `${api.origin}/v1/`]) {
    const client = createClient({ baseUrl, source });
    for (const path of ["users", "users/7?a=b", "./users", "../v2/users", "/users", "?a=b", ""]) await client.get(path);
    expect(api.requests.slice(-7).map(({ target }) => target)).toEqual([
      "/v1/users",
      "/v1/users/7?a=b",
      "/v1/users",
      "/v2/users",
      "/users",
      "/v1/?a=b",
      "/v1/",
    ]);
  }
  const client = createClient({ baseUrl: api.origin, source });
  await client.get("users");
  expect(api.requests.at(-1)?.target).toBe("/users");
  expect(api.requests.filter(({ headers }) => headers.authorization !== "Bearer canary-token")).toEqual([]);
});

test("a base URL that is not https:, nor on the loopback, is wrong use", () => {
  for (const baseUrl of ["http://api.example.com", "api.example.com", "/v1", "", "https://u:canary@api.example.com"])
    expect(() => createClient({ baseUrl, source })).toThrow(TypeError);
});

test("nothing is read and nothing is asked before the first request", async () => {
  const api = await recordingServer();
  const server = await recordingServer();
  const read: (string | symbol)[] = [];
  const variables: Environment = {
    ORG_AUTH_ISSUER: server.origin,
    ORG_AUTH_CLIENT_ID: "machine",
    ORG_AUTH_CLIENT_SECRET: "canary-secret",
  };
  const env = new Proxy(variables, {
    get: (target, name: string) => {
      read.push(name);
      return target[name];
    },
  });
  const client = createClient({ baseUrl: api.origin, env });
  expect([read, api.requests, server.requests]).toEqual([[], [], []]);

  // This server is none: it answers `{}` to everything.
  expect(await rejection(client.get("a"))).toMatchObject({ code: "issuer_mismatch" });
  expect(read).not.toEqual([]);
  expect(server.requests).not.toEqual([]);
  expect(api.requests).toEqual([]);
});

test("ky's own options hold", async () => {
  const api = await recordingServer();
  const statuses: number[] = [];
  const client = createClient({
    baseUrl: api.origin,
    source,
    ky: {
      headers: { "x-mine": "1" },
      searchParams: { a: "b" },
      hooks: {
        beforeRequest: [({ request }) => request.headers.set("x-hook", request.headers.get("authorization") ?? "none")],
        afterResponse: [({ response }) => void statuses.push(response.status)],
      },
    },
  });
  expect(await client.post("a", { json: { some: "json" } }).json()).toEqual({});
  expect(api.requests).toMatchObject([
    { method: "POST", target: "/a?a=b", body: '{"some":"json"}', headers: { "x-mine": "1", "x-hook": "none" } },
  ]);
  expect(statuses).toEqual([200]);

  await client.extend({ headers: { "x-mine": "2" } }).get("b");
  expect(api.requests[1]?.headers).toMatchObject({ "x-mine": "2", authorization: "Bearer canary-token" });
});

test("ky tries again as often as it is told, by a number or by options", async () => {
  for (const [retry, tries] of [
    [0, 1],
    [1, 2],
    [{ limit: 3 }, 4],
    [{ limit: 1, maxRetryAfter: 0 }, 2],
    [undefined, 3],
  ] as const) {
    const api = await scriptedServer((_request, response) => {
      // An hour is asked for where it is capped by the caller.
      const isCapped = typeof retry === "object" && "maxRetryAfter" in retry;
      response.writeHead(503, { "retry-after": isCapped ? "3600" : "0" }).end();
    });
    const client = createClient({ baseUrl: api.origin, source, ky: retry === undefined ? {} : { retry } });
    const error = await failure(client.get("a"));
    expect(isHTTPError(error) && error.response.status).toBe(503);
    expect(api.requests).toHaveLength(tries);
  }
});

test("ky's timeout ends the request that is under way", async () => {
  const { promise: closed, resolve } = Promise.withResolvers<unknown>();
  const api = await scriptedServer((_request, response) => void once(response, "close").then(resolve));
  const client = createClient({ baseUrl: api.origin, source, ky: { timeout: 200, retry: 0 } });
  expect(isTimeoutError(await failure(client.get("a")))).toBe(true);
  await closed;
});

test("a caller's signal ends a request, and a download that has begun", async () => {
  const controller = new AbortController();
  const api = await scriptedServer(({ target }, response) => {
    if (target === "/download") response.writeHead(200).write("first");
    else controller.abort(new Error("enough"));
  });
  const client = createClient({ baseUrl: api.origin, source, ky: { retry: 0 } });
  const other = new AbortController();
  const response = await client.get("download", { signal: other.signal });
  const reader: ReadableStreamDefaultReader<Uint8Array> | undefined = response.body?.getReader();
  await reader?.read();
  other.abort(new Error("enough"));
  await expect(reader?.read()).rejects.toThrow("enough");
  await expect(client.get("a", { signal: controller.signal })).rejects.toThrow("enough");
});

test("a refused token is replaced beneath ky, with one renewal, and the body goes again", async () => {
  const server = await authServer();
  const api = await protectedApi(server);
  const { clientId, clientSecret } = server.confidentialClient;
  const retries: number[] = [];
  const client = createClient({
    baseUrl: api.baseUrl,
    env: {
      ORG_AUTH_ISSUER: server.issuer,
      ORG_AUTH_CLIENT_ID: clientId,
      ORG_AUTH_CLIENT_SECRET: clientSecret,
    },
    ky: { hooks: { beforeRetry: [({ retryCount }) => void retries.push(retryCount)] } },
  });
  for (const [count, body] of [
    [1, { json: { some: "json" } }],
    [2, { body: new URLSearchParams({ some: "form" }) }],
    [3, { body: new TextEncoder().encode("bytes") }],
  ] as const) {
    api.refuseNext(1);
    const { method, body: sent } = await client.post("echo/a", body).json<{ method: string; body: string }>();
    expect(method).toBe("POST");
    expect(api.requests.slice(-2).map((request) => request.body)).toEqual([sent, sent]);
    expect(sent).not.toBe("");
    expect(server.tokenRequests()).toBe(count + 1);
  }
  expect(retries).toEqual([]);
  expect(server.count("/.well-known/openid-configuration")).toBe(1);
});

test("a second refusal is ky's HTTPError, after one renewal", async () => {
  const api = await scriptedServer((_request, response) => response.writeHead(401).end());
  const numbered = numberedSource();
  const error = await failure(createClient({ baseUrl: api.origin, source: numbered }).get("a"));
  expect(isHTTPError(error) && error.response.status).toBe(401);
  expect(api.requests).toHaveLength(2);
  expect(numbered.calls).toHaveLength(2);
});

test("no error of ky's shows the token, however it is printed", async () => {
  const api = await scriptedServer((request, response) => {
    if (request.target === "/reset") response.destroy();
    else if (request.target !== "/hang") response.writeHead(Number(request.target.slice(1))).end("an answer");
  });
  const client = createClient({ baseUrl: api.origin, source, ky: { retry: 0, timeout: 200 } });
  for (const path of ["400", "401", "403", "404", "500"])
    expect(isHTTPError(await failure(client.post(path, { json: {} })))).toBe(true);
  expect(isNetworkError(await failure(client.get("reset")))).toBe(true);
  expect(isTimeoutError(await failure(client.get("hang")))).toBe(true);
  expect(api.requests.filter(({ headers }) => headers.authorization === "Bearer canary-token")).toHaveLength(7);
});

test("an API key is all a client needs", async () => {
  const api = await recordingServer();
  await createClient({ baseUrl: api.origin, apiKey: "canary-key", env: {} }).get("a");
  await createClient({ baseUrl: api.origin, env: { ORG_AUTH_API_KEY: "canary-key" } }).get("a");
  expect(api.requests.map(({ headers }) => headers.authorization)).toEqual(Array(2).fill("Bearer canary-key"));
});

test("two clients in one process do not meet", async () => {
  const api = await recordingServer();
  const clients = ["one", "two"].map((key) => createClient({ baseUrl: api.origin, apiKey: key, env: {} }));
  await Promise.all(clients.map((client, index) => client.get(String(index))));
  expect(new Map(api.requests.map(({ target, headers }) => [target, headers.authorization]))).toEqual(
    new Map([
      ["/0", "Bearer one"],
      ["/1", "Bearer two"],
    ]),
  );
});
