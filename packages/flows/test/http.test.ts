import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { createServer, type AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { tokenSet, type TokenSet } from "@org/auth-core";
import { expect, test } from "vitest";
import { authorizationServer, refresh, startDeviceLogin, type HttpOptions } from "../src/index.ts";
import { rejection } from "./rejection.ts";
import { scriptedServer, type Answer, type ScriptedServer } from "./scripted-server.ts";

const openIdPath = "/.well-known/openid-configuration";
const json = { "content-type": "application/json" };
const tokens = { access_token: "access-canary-1", refresh_token: "refresh-canary-1", token_type: "Bearer" };
const client = { clientId: "app", clientSecret: "client-canary" };

function login({ metadata }: Pick<ScriptedServer, "metadata">): TokenSet {
  return tokenSet({
    server: metadata,
    clientId: "app",
    accessToken: "access-canary-0",
    refreshToken: "refresh-canary-0",
    obtainedAtMs: 0,
    scopes: [],
    generation: 0,
  });
}

async function refreshAgainst(answer: Answer, http: HttpOptions = {}): Promise<TokenSet> {
  const server = await scriptedServer();
  server.on("/token", answer);
  return await refresh(login(server), client, http);
}

const slow: readonly (readonly [how: string, raw: (response: ServerResponse) => void])[] = [
  ["never", () => undefined],
  [
    "one byte of its headers after the other, without end",
    ({ socket }) => {
      socket?.write("HTTP/1.1 200 OK\r\nx-slow: ");
      const drip = setInterval(() => socket?.write("x"), 10);
      socket?.once("close", () => clearInterval(drip)).once("error", () => undefined);
    },
  ],
  ["not in full", (response) => void response.writeHead(200, json).write('{"access_token":"access-canary-1",')],
];

test.for(slow)("B.6-13 F47 F48 F49 a server that answers %s costs no more than the timeout", async ([, raw]) => {
  const error = await rejection(refreshAgainst({ raw }, { timeoutMs: 100 }));
  expect(error).toMatchObject({ code: "timeout", retryable: true });
  expect(error.message).toMatch(/^renewing the token at http:\/\/127\.0\.0\.1:\d+ failed: 127\.0\.0\.1:\d+ did not/);
});

test("a connection that breaks within the answer is a network error", async () => {
  const raw = (response: ServerResponse): void => {
    response.writeHead(200, { ...json, "content-length": "1000" }).write('{"access_token":"access-canary-1"', () => {
      response.socket?.resetAndDestroy();
    });
  };
  expect(await rejection(refreshAgainst({ raw }))).toMatchObject({ code: "network", retryable: true });
});

test("a server that is not there is named, with the reason", async () => {
  const nobody = createServer().listen(0, "127.0.0.1");
  await once(nobody, "listening");
  const host = `127.0.0.1:${(nobody.address() as AddressInfo).port}`;
  nobody.close();
  await once(nobody, "close");
  const { metadata } = await scriptedServer();
  const error = await rejection(
    refresh(login({ metadata: { ...metadata, tokenEndpoint: `http://${host}/` } }), client),
  );
  expect(error).toMatchObject({ code: "network" });
  expect(error.message).toContain(`${host} cannot be reached (ECONNREFUSED)`);
});

const body = JSON.stringify(tokens);
test.for([
  ["no HTTP", "SSH-2.0-OpenSSH\r\n"],
  ["of two lengths", `HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: ${body.length}\r\n\r\n${body}`],
  [
    "both chunked and of a length",
    `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n0\r\n\r\n`,
  ],
  ["with a header of a megabyte", `HTTP/1.1 200 OK\r\nx-long: ${"x".repeat(1024 * 1024)}\r\n\r\n`],
  ["with twenty thousand headers", `HTTP/1.1 200 OK\r\n${"x-many: x\r\n".repeat(20_000)}\r\n`],
] as const)("4.1-30 4.1-34 an answer that is %s is a bad response", async ([, text]) => {
  const raw = ({ socket }: ServerResponse): void => void socket?.once("error", () => undefined).end(text);
  expect(await rejection(refreshAgainst({ raw }))).toMatchObject({ code: "bad_response" });
});

test("4.1-30 a cookie is not sent back", async () => {
  const server = await scriptedServer();
  server.on("/token", { json: tokens, headers: { "set-cookie": "canary=1; Path=/" } });
  for (let time = 1; time <= 2; time++) await refresh(login(server), client);
  expect(server.requests.map(({ headers }) => headers.cookie)).toEqual([undefined, undefined]);
});

test("4.1-8 a body of more than 1 MiB is refused, compressed or not, and one of just 1 MiB is read", async () => {
  const tooLong = JSON.stringify({ ...tokens, padding: "x".repeat(1024 * 1024) });
  const justRight = JSON.stringify({ ...tokens, padding: "" });
  const padded = justRight.replace('""', `"${"x".repeat(1024 * 1024 - justRight.length)}"`);
  for (const [body, headers] of [
    [tooLong, json],
    [gzipSync(tooLong), { ...json, "content-encoding": "gzip" }],
  ] as const) {
    const raw = (response: ServerResponse): void => void response.writeHead(200, headers).end(body);
    expect(await rejection(refreshAgainst({ raw }))).toMatchObject({ code: "bad_response" });
  }
  const raw = (response: ServerResponse): void => void response.writeHead(200, json).end(padded);
  expect((await refreshAgainst({ raw })).accessToken).toBe("access-canary-1");
});

test("4.1-11 a redirect is refused, and nothing goes where it leads", async () => {
  for (const status of [301, 302, 303, 307, 308]) {
    const [server, elsewhere] = [await scriptedServer(), await scriptedServer()];
    const answer = { status, json: tokens, headers: { location: `${elsewhere.issuer}/token` } };
    server.on("/token", answer);
    server.on(openIdPath, answer);
    expect(await rejection(refresh(login(server), client))).toMatchObject({ code: "bad_response" });
    expect(await rejection(authorizationServer(server.issuer))).toMatchObject({ code: "bad_response" });
    expect(elsewhere.requests).toEqual([]);
  }
});

test("F51 4.1-31 a web page is not taken for an answer, even with JSON in it, and the host that sent it is named", async () => {
  for (const html of ["<h1>Welcome to the canary airport</h1>", JSON.stringify(tokens)]) {
    const server = await scriptedServer();
    const { host } = new URL(server.issuer);
    const metadata = { ...server.metadata, issuer: "http://127.0.0.1:1" };
    for (const path of ["/token", "/device", openIdPath]) server.on(path, { html });
    for (const attempt of [
      () => refresh(login({ metadata }), client),
      () => startDeviceLogin(metadata, client, { scopes: [] }),
      () => authorizationServer(server.issuer),
    ]) {
      const error = await rejection(attempt());
      expect(error).toMatchObject({ code: "bad_response" });
      expect(error.message).toContain(`failed: got a web page from ${host}; captive portal or wrong URL?`);
    }
  }
});

test("the caller's signal ends a request with its own reason", async () => {
  const reason = new Error("enough");
  const controller = new AbortController();
  const raw = (): void => controller.abort(reason);
  await expect(refreshAgainst({ raw }, { signal: controller.signal })).rejects.toBe(reason);
  const fetch = (): Promise<Response> => expect.fail("a request was sent");
  await expect(refreshAgainst({ raw }, { signal: controller.signal, fetch })).rejects.toBe(reason);
});

test("a foreign fetch that heeds no signal, or has its own words for it, is ended all the same", async () => {
  const deaf = (): Promise<Response> => new Promise(() => undefined);
  const wordy: typeof globalThis.fetch = (_url, init) =>
    new Promise((_resolve, reject) => {
      init?.signal?.addEventListener("abort", () => reject(new Error("canary")));
    });
  const reason = new Error("enough");
  for (const fetch of [deaf, wordy]) {
    const error = await rejection(refreshAgainst({ json: tokens }, { fetch, timeoutMs: 20 }));
    expect(error).toMatchObject({ code: "timeout" });
    const controller = new AbortController();
    const stopped = refreshAgainst({ json: tokens }, { fetch, signal: controller.signal });
    setImmediate(() => controller.abort(reason));
    await expect(stopped).rejects.toBe(reason);
  }
});

test("a timeout longer than any timer is no timeout at once", async () => {
  expect((await refreshAgainst({ json: tokens }, { timeoutMs: 2 ** 40 })).accessToken).toBe("access-canary-1");
});

test("a foreign fetch may throw whatever it likes: no part of it comes out", async () => {
  const secret = "access-canary-2";
  for (const [thrown, code] of [
    [
      Object.assign(new Error(secret), { code: "ECONNRESET", request: { headers: { authorization: secret } } }),
      "network",
    ],
    [new TypeError(secret, { cause: { code: secret } }), "network"],
    [new DOMException(secret, "TimeoutError"), "timeout"],
  ] as const) {
    const fetch = (): Promise<Response> => Promise.reject(thrown);
    expect(await rejection(refreshAgainst({ json: tokens }, { fetch }))).toMatchObject({ code });
  }
});

test.for([
  [429, { error: "slow" }, "server_unavailable", true],
  [503, { error: "invalid_grant" }, "server_unavailable", true],
  [500, {}, "server_unavailable", true],
  [400, { error: "temporarily_unavailable" }, "server_unavailable", true],
  [400, { error: "invalid_grant" }, "invalid_grant", false],
  [401, { error: "invalid_client" }, "invalid_client", false],
  [400, { error: "invalid_scope" }, "invalid_scope", false],
  [400, { error: "unsupported_grant_type" }, "unsupported_by_server", false],
  [400, { error: "invalid_request" }, "server_error", false],
  [200, { error: "invalid_grant" }, "invalid_grant", false],
  [200, { error: "authorization_pending" }, "login_pending", false],
  [400, { error: { canary: 1 } }, "server_error", false],
  [404, {}, "bad_response", false],
] as const)("4.1-22 %i with %j is %s", async ([status, body, code, retryable]) => {
  const error = await rejection(refreshAgainst({ json: body, status, headers: { "www-authenticate": "Basic x" } }));
  expect(error).toMatchObject({ name: "ServerError", code, status, retryable });
});

test("4.1-19 4.1-20 4.1-21 what a server says of its error is made safe, and its other fields stay out", async () => {
  const body = {
    error: "invalid_grant",
    error_description: "\u001b]52;c;x\u0007\u202e<script>\r\n".repeat(1000),
    error_uri: "javascript:canary",
    access_token: "access-canary-3",
  };
  const error = await rejection(refreshAgainst({ json: body, status: 400 }));
  expect(error).toMatchObject({ error: "invalid_grant", description: expect.stringMatching(/^[\x20-\x7e]{1,300}…$/) });
  expect(error.message).toMatch(/server said: \\x1b\]52/);

  for (const odd of ["x".repeat(10_000), "Invalid Grant", "\u001b[2J"]) {
    const other = await rejection(refreshAgainst({ json: { error: odd }, status: 400 }));
    expect(other).toMatchObject({ code: "server_error", error: undefined });
    expect(other.message).toMatch(/failed: the server answered 400$/);
  }
});
