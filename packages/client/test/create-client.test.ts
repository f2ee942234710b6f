import { once } from "node:events";
import { accessToken, fixed, LoginRequiredError } from "@org/auth-core";
import { expect, test } from "vitest";
import { createClient, defineClient, type Environment } from "../src/index.ts";
import {
  authServer,
  numberedSource,
  protectedApi,
  recordingServer,
  rejection,
  scriptedServer,
  tempFolder,
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
  const wrong = ["http://api.example.com", "api.example.com", "/v1", "", "https://u:canary@api.example.com"];
  for (const baseUrl of wrong) expect(() => createClient({ baseUrl, source })).toThrow(TypeError);
  for (const origin of wrong)
    expect(() => createClient({ baseUrl: "https://a.example", origins: [origin] })).toThrow(TypeError);
});

test("B.1-26 an API is at a domain, or at a base URL, and not at both", async () => {
  const asked: string[] = [];
  const carry: typeof globalThis.fetch = async (input, init) => {
    const { url, headers } = new Request(input, init);
    asked.push(`${url} ${headers.get("authorization") ?? ""}`);
    return new Response();
  };
  await createClient({ domain: "api.example.com", source, fetch: carry }).get("users");
  await createClient({ domain: "api.example.com:8443", source, fetch: carry }).get("/users");
  expect(asked).toEqual([
    "https://api.example.com/users Bearer canary-token",
    "https://api.example.com:8443/users Bearer canary-token",
  ]);
  expect(() => createClient({ domain: "api.example.com", baseUrl: "https://api.example.com", source })).toThrow(
    new TypeError("give baseUrl or domain, not both"),
  );
  for (const domain of ["https://api.example.com", "api.example.com/v1", "u@api.example.com", "a b", "", "a?b"])
    expect(() => createClient({ domain, source })).toThrow(TypeError);
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

test("B.3-11 ky tries again as often as it is told, by a number or by options", async () => {
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
    expect(await rejection(client.get("a"))).toMatchObject({ code: "server_unavailable", status: 503 });
    expect(api.requests).toHaveLength(tries);
  }
});

test("B.6-13 ky's timeout ends the request that is under way", async () => {
  const { promise: closed, resolve } = Promise.withResolvers<unknown>();
  const api = await scriptedServer((_request, response) => void once(response, "close").then(resolve));
  const client = createClient({ baseUrl: api.origin, source, ky: { timeout: 200, retry: 0 } });
  expect(await rejection(client.get("a"))).toMatchObject({ code: "timeout", retryable: true });
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

test("F63 a second refusal is an error of its own, after one renewal", async () => {
  const api = await scriptedServer((_request, response) => response.writeHead(401).end());
  const numbered = numberedSource();
  const error = await rejection(createClient({ baseUrl: api.origin, source: numbered }).get("a"));
  expect(error).toMatchObject({ name: "ApiError", code: "login_required", status: 401 });
  expect(api.requests).toHaveLength(2);
  expect(numbered.calls).toHaveLength(2);
});

test("an API key is all a client needs", async () => {
  const api = await recordingServer();
  await createClient({ baseUrl: api.origin, apiKey: "canary-key", env: {} }).get("a");
  await createClient({ baseUrl: api.origin, env: { ORG_AUTH_API_KEY: "canary-key" } }).get("a");
  expect(api.requests.map(({ headers }) => headers.authorization)).toEqual(Array(2).fill("Bearer canary-key"));
});

test("what is made of a client by extend knows the account too, and speaks as little of a request that cannot be made", async () => {
  const api = await recordingServer();
  const client = createClient({ baseUrl: api.origin, source, userAgent: "mine/1" });
  const extended = client.extend({ headers: { "x-mine": "1" } }).extend({ searchParams: { a: "b" } });
  await extended("c");
  expect(api.requests).toMatchObject([{ target: "/c?a=b", headers: { "x-mine": "1", "user-agent": "mine/1" } }]);
  expect(await extended.account()).toEqual({});
  for (const one of [client, extended]) {
    for (const send of [one, one.get, one.post, one.put, one.patch, one.delete, one.head, one.query]) {
      for (const [url, headers] of [
        ["http://user:canary@127.0.0.1/", {}],
        ["http://[canary", {}],
        ["a", { "x-key": "a\ncanary" }],
      ] as const) {
        const make = (): unknown => send(url, { headers });
        expect(make).toThrow(
          new TypeError("the request cannot be made: its address, a header, its body or an option is not valid"),
        );
      }
    }
  }
  expect(typeof client.stop).toBe("symbol");
  expect(() => client.get("a", { timeout: 2 ** 40, hooks: { init: [() => expect.fail("mine")] } })).toThrow("mine");
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

test("where a credential is optional, requests go without one when there is none or it has ended, and broken ones stop", async () => {
  const api = await recordingServer();
  const env: Environment = { HOME: tempFolder() };
  const client = createClient({ baseUrl: api.origin, auth: "optional", env, folder: false });
  await client.get("public");
  expect(api.requests.at(-1)?.headers.authorization).toBeUndefined();

  const ended = { getToken: () => Promise.reject(new LoginRequiredError("the login has ended")) };
  await createClient({ baseUrl: api.origin, auth: "optional", source: ended }).get("public");
  expect(api.requests.at(-1)?.headers.authorization).toBeUndefined();

  const half = { ...env, ORG_AUTH_CLIENT_SECRET: "canary-secret" };
  const broken = createClient({ baseUrl: api.origin, auth: "optional", env: half, folder: false });
  expect(await rejection(broken.get("public"))).toMatchObject({ code: "partial_credential" });
  expect(api.requests).toHaveLength(2);
});

test("where a credential is optional it is sent when there is one", async () => {
  const api = await recordingServer();
  await createClient({ baseUrl: api.origin, auth: "optional", source }).get("public");
  expect(api.requests.at(-1)?.headers.authorization).toBe("Bearer canary-token");
});

test("with auth none nothing is looked for and no token is sent", async () => {
  const api = await recordingServer();
  const env: Environment = { HOME: tempFolder(), ORG_AUTH_API_KEY: "canary-key" };
  await createClient({ baseUrl: api.origin, auth: "none", env, folder: false }).get("public");
  expect(api.requests.at(-1)?.headers.authorization).toBeUndefined();
});

test("a client has one credential: a source, or one that is given, or the defaults' own", async () => {
  const api = await recordingServer();
  const baseUrl = api.origin;
  for (const name of ["accessToken", "apiKey", "clientSecret", "refreshToken", "password"]) {
    expect(() => createClient({ baseUrl, source, [name]: "canary" })).toThrow(
      new TypeError(`give source or ${name}, not both`),
    );
  }
  const mine = { apiKey: "canary-mine" };
  await defineClient({ baseUrl, env: {}, source })(mine).get("a");
  await defineClient({ baseUrl, env: {}, accessToken: "canary-theirs" })(mine).get("a");
  await defineClient({ baseUrl, env: {}, ...mine })({ source }).get("a");
  await defineClient({ baseUrl, env: {}, ...mine })({ accessToken: undefined }).get("a");
  expect(api.requests.map(({ headers }) => headers.authorization)).toEqual([
    "Bearer canary-mine",
    "Bearer canary-mine",
    "Bearer canary-token",
    "Bearer canary-mine",
  ]);
});

test("a hook may put another body in place of a form or a file", async () => {
  const api = await recordingServer();
  const body = new FormData();
  body.set("name", "first");
  const beforeRequest = [({ request }: { request: Request }) => new Request(request, { body: "another" })];
  await createClient({ baseUrl: api.origin, source, ky: { hooks: { beforeRequest } } }).post("a", { body });
  const client = createClient({ baseUrl: api.origin, source });
  await client.extend({ hooks: { beforeRequest } }).post("a", { body: new Blob(["first"]) });
  await client.extend(() => ({ hooks: { beforeRequest } })).post("a", { body });
  await client.post("a", { body, hooks: { beforeRequest } });
  expect(api.requests.map((request) => request.body)).toEqual(Array(4).fill("another"));
  await client.post("a", { body });
  expect(api.requests.at(-1)?.body).toContain("first");
  expect(api.requests.at(-1)?.headers["content-type"]).toMatch(/^multipart\/form-data; boundary=/);
});

test("where requests go, and what carries them, is for the client alone to say", async () => {
  const api = await recordingServer();
  const client = createClient({ baseUrl: `${api.origin}/v1`, source, ky: { timeout: 5000 } });
  for (const options of [{ baseUrl: api.origin }, { prefix: "sub" }, { fetch: globalThis.fetch }] as const) {
    const [name] = Object.keys(options);
    const wrong = new TypeError(`${name ?? ""} is for createClient to say`);
    expect(() => client.get("a", options)).toThrow(wrong);
    expect(() => client.extend(options)).toThrow(wrong);
    expect(() => client.extend(() => options)).toThrow(wrong);
  }
  const limits: unknown[] = [];
  const extended = client.extend((options) => {
    limits.push(options.timeout);
    return { ...options, headers: { "x-mine": "1" } };
  });
  await extended.get("a");
  await extended.extend((options) => (limits.push(options.timeout), {})).get("a");
  expect(limits).toEqual([5000, 5000]);
  expect(api.requests).toMatchObject(Array(2).fill({ target: "/v1/a", headers: { "x-mine": "1" } }));
});

test("the progress of an upload is told, of files and forms too", async () => {
  const api = await recordingServer();
  const form = new FormData();
  form.set("name", "value");
  for (const body of [form, new Blob(["content"]), "text"]) {
    let told = 0;
    await createClient({ baseUrl: api.origin, source }).post("a", { body, onUploadProgress: () => told++ });
    expect(told).toBeGreaterThan(0);
    expect(api.requests.at(-1)?.body).not.toBe("");
  }
});
