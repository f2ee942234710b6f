import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { accessToken, AuthError, fixed, type TokenSource } from "@org/auth-core";
import { expect, test } from "vitest";
import { authorizedFetch } from "../src/index.ts";
import { failure, numberedSource, recordingServer, rejection, scriptedServer } from "./surroundings.ts";

const source = fixed(accessToken({ value: "canary-token" }));

test("a token is asked for at each request", async () => {
  const api = await recordingServer();
  const numbered = numberedSource();
  const fetch = authorizedFetch(numbered, { origins: [api.origin] });
  const first = await numbered.getToken();
  await fetch(`${api.origin}/a`);
  await numbered.getToken({ rejected: first });
  await fetch(`${api.origin}/b`);
  expect(api.requests.map(({ headers }) => headers.authorization)).toEqual([
    "Bearer canary-token-1",
    "Bearer canary-token-2",
  ]);
});

test("the caller's request goes out as it is, and gets the header besides", async () => {
  const api = await recordingServer();
  const fetch = authorizedFetch(source, { origins: [api.origin] });
  for (const headers of [{ "x-mine": "1" }, [["x-mine", "1"]] as [string, string][], new Headers({ "x-mine": "1" })]) {
    await fetch(`${api.origin}/path?a=b#c`, { method: "PATCH", body: "text", headers });
    await fetch(new Request(`${api.origin}/path?a=b#c`, { method: "PATCH", body: "text", headers }));
    await fetch(new Request(`${api.origin}/path?a=b#c`, { method: "DELETE" }), {
      method: "PATCH",
      body: "text",
      headers,
    });
  }
  expect(api.requests).toHaveLength(9);
  for (const { method, target, body, headers } of api.requests) {
    expect({ method, target, body }).toEqual({ method: "PATCH", target: "/path?a=b", body: "text" });
    expect(headers).toMatchObject({ "x-mine": "1", authorization: "Bearer canary-token", "content-length": "4" });
  }
});

test("the carrying fetch gets an address and all that the caller said, known or not", async () => {
  const { promise, resolve } = Promise.withResolvers<Parameters<typeof globalThis.fetch>>();
  const fetch = authorizedFetch(source, {
    origins: ["https://api.example.com"],
    fetch: async (...call) => {
      resolve(call);
      return new Response();
    },
  });
  const init = { unknown: "mine", priority: "high", cache: "no-store", keepalive: true, redirect: "error" } as const;
  await fetch("https://api.example.com/a", init);
  const [input, given] = await promise;
  expect(input).toBe("https://api.example.com/a");
  expect(given).toMatchObject(init);
});

test("what a Request says of itself counts, also where a redirect leads to", async () => {
  const sent: Request[] = [];
  const fetch = authorizedFetch(source, {
    origins: ["https://api.example.com"],
    fetch: async (input, init) => {
      const request = new Request(input, init);
      sent.push(request);
      const headers = { location: "/b" };
      return new Response(null, request.url.endsWith("/a") ? { status: 302, headers } : {});
    },
  });
  const said = { integrity: "sha256-abc", cache: "no-store", credentials: "omit", keepalive: true } as const;
  await fetch(new Request("https://api.example.com/a", said));
  const { integrity, cache, credentials, keepalive } = said;
  expect(sent).toMatchObject([
    { url: "https://api.example.com/a", integrity, cache, credentials, keepalive },
    { url: "https://api.example.com/b", integrity, cache, credentials, keepalive },
  ]);
});

interface Changeable {
  readonly body: NonNullable<RequestInit["body"]>;
  readonly change: () => void;
}

const changeable: readonly (readonly [what: string, make: () => Changeable])[] = [
  ["bytes", () => bytesOf((bytes) => bytes)],
  ["a buffer", () => bytesOf((bytes) => bytes.buffer)],
  ["a form", () => formOf(new URLSearchParams())],
  ["form data", () => formOf(new FormData())],
];

function bytesOf(body: (bytes: Uint8Array<ArrayBuffer>) => NonNullable<RequestInit["body"]>): Changeable {
  const bytes = new TextEncoder().encode("before");
  return { body: body(bytes), change: () => bytes.set(new TextEncoder().encode("after!")) };
}

function formOf(body: FormData | URLSearchParams): Changeable {
  body.set("word", "before");
  if (body instanceof FormData) body.set("file", new Blob(["content"]), "file.txt");
  return { body, change: () => body.set("word", "after!") };
}

test.for(changeable)("what its owner changes while a token is awaited goes out as it was: %s", async ([, make]) => {
  const api = await recordingServer();
  const { body, change } = make();
  const headers = new Headers({ "x-word": "before" });
  const changing: TokenSource = {
    async getToken() {
      await setImmediate();
      change();
      headers.set("x-word", "after!");
      return await source.getToken();
    },
  };
  await authorizedFetch(changing, { origins: [api.origin] })(api.origin, { method: "POST", body, headers });
  expect(api.requests).toMatchObject([{ body: expect.stringContaining("before"), headers: { "x-word": "before" } }]);
});

test("4.4-57 an Authorization header of the caller's own is left alone, also when it is refused", async () => {
  const api = await scriptedServer((_request, response) => response.writeHead(401).end());
  const numbered = numberedSource();
  const fetch = authorizedFetch(numbered, { origins: [api.origin] });
  const headers = { AUTHORIZATION: "Basic mine" };
  const answers = [
    await fetch(api.origin, { headers }),
    await fetch(new Request(api.origin, { headers })),
    await fetch(new Request(api.origin), { headers: new Headers(headers) }),
  ];
  expect(answers.map(({ status }) => status)).toEqual([401, 401, 401]);
  expect(api.requests.map((request) => request.headers.authorization)).toEqual(Array(3).fill("Basic mine"));
  expect(numbered.calls).toEqual([]);
});

test("what the source rejects with comes through, and nothing is sent", async () => {
  const api = await recordingServer();
  const error = new AuthError("login_required", "sign in");
  const fetch = authorizedFetch({ getToken: () => Promise.reject(error) }, { origins: [api.origin] });
  expect(await failure(fetch(api.origin))).toBe(error);
  expect(api.requests).toEqual([]);
});

test("4.4-59 cookies of an answer are not kept, and its links and refreshes are not followed", async () => {
  const api = await scriptedServer((_request, response) =>
    response
      .writeHead(200, { "set-cookie": "a=canary", refresh: "0; url=/elsewhere", link: "</elsewhere>; rel=preload" })
      .end(),
  );
  const fetch = authorizedFetch(source, { origins: [api.origin] });
  for (const path of ["/a", "/b"]) await (await fetch(api.origin + path, { credentials: "include" })).text();
  expect(api.requests.map(({ target, headers }) => [target, headers.cookie])).toEqual([
    ["/a", undefined],
    ["/b", undefined],
  ]);
});

test("4.4-58 a token in an address is refused before anything is sent, and not shown", async () => {
  const api = await recordingServer();
  const numbered = numberedSource();
  const fetch = authorizedFetch(numbered, { origins: [api.origin] });
  for (const query of ["access_token=canary", "a=b&access_token=canary", "%61ccess_token=canary"]) {
    for (const input of [`${api.origin}/a?${query}`, new Request(`${api.origin}/a?${query}`)]) {
      const error = await rejection(fetch(input));
      expect(error).toMatchObject({ code: "token_in_url", message: expect.stringContaining(`${api.origin}/a `) });
    }
  }
  expect([api.requests, numbered.calls]).toEqual([[], []]);
  // A part of another parameter, or of a path, is none.
  await fetch(`${api.origin}/access_token=1?my_access_token=1`);
  expect(api.requests).toHaveLength(1);
});

test("a token that no header can carry is refused, and not shown", async () => {
  const api = await recordingServer();
  for (const value of ["canary\nx-injected: 1", "canary-ключ", "canary\0"]) {
    const token = accessToken({ value, provenance: { place: "environment", name: "ORG_AUTH_API_KEY" } });
    const error = await rejection(authorizedFetch(fixed(token), { origins: [api.origin] })(api.origin));
    expect(error).toMatchObject({ code: "config_invalid", message: expect.stringContaining("ORG_AUTH_API_KEY") });
  }
  expect(api.requests).toEqual([]);
});

test("an origin that is not https:, nor on the loopback, is wrong use", () => {
  const wrong = [
    "http://api.example.com",
    "api.example.com",
    "",
    "ftp://api.example.com",
    "https://u:canary@a.example",
  ];
  for (const origin of wrong) {
    expect(() => authorizedFetch(source, { origins: [origin] })).toThrow(TypeError);
    expect(() => authorizedFetch(source, { origins: [origin] })).not.toThrow(/canary/);
  }
  for (const origin of ["https://api.example.com/v1?x", "http://localhost:1", "http://127.0.0.2:1", "http://[::1]:1"])
    expect(() => authorizedFetch(source, { origins: [origin] })).not.toThrow();
});

test("a request that cannot be made is refused as fetch refuses it, and its address is not shown", async () => {
  const api = await recordingServer();
  const fetch = authorizedFetch(source, { origins: [api.origin] });
  for (const address of ["no address?canary", `http://user:canary@${new URL(api.origin).host}/`])
    expect(await failure(fetch(address))).toBeInstanceOf(TypeError);
  await expect(fetch(api.origin, { method: "GET", body: "x" })).rejects.toBeInstanceOf(TypeError);
  await expect(fetch(api.origin, { headers: { "x y": "z" } })).rejects.toBeInstanceOf(TypeError);
  expect(api.requests).toEqual([]);
});

test("a caller that has given up before asks for nothing", async () => {
  const api = await recordingServer();
  const signal = AbortSignal.abort(new Error("enough"));
  const fetch = authorizedFetch(source, { origins: [api.origin] });
  await expect(fetch(api.origin, { signal })).rejects.toThrow("enough");
  await expect(fetch(new Request(api.origin, { signal }))).rejects.toThrow("enough");
  expect(api.requests).toEqual([]);
});

test("a caller gives up while the token is awaited", async () => {
  const api = await recordingServer();
  const controller = new AbortController();
  const waiting: TokenSource = {
    getToken: ({ signal } = {}) =>
      new Promise((_resolve, reject) => {
        signal?.addEventListener("abort", () => reject(signal.reason as Error));
        controller.abort(new Error("enough"));
      }),
  };
  const fetch = authorizedFetch(waiting, { origins: [api.origin] });
  await expect(fetch(api.origin, { signal: controller.signal })).rejects.toThrow("enough");
  expect(api.requests).toEqual([]);
});

test("a caller gives up while the body of a Request is still being written", async () => {
  const api = await recordingServer();
  const controller = new AbortController();
  const { promise: cancelled, resolve } = Promise.withResolvers<unknown>();
  const body = new ReadableStream<Uint8Array>(
    {
      // The reading has begun, and nothing ever comes.
      pull: () => {
        controller.abort(new Error("enough"));
        return new Promise(() => undefined);
      },
      cancel: resolve,
    },
    { highWaterMark: 0 },
  );
  const init = { method: "POST", body, duplex: "half", signal: controller.signal } as const;
  const asked = numberedSource();
  const sent: unknown[] = [];
  const noting: typeof globalThis.fetch = (...call) => globalThis.fetch(...call).finally(() => sent.push(call));
  const fetch = authorizedFetch(asked, { origins: [api.origin], fetch: noting });
  await expect(fetch(new Request(api.origin, init))).rejects.toThrow("enough");
  await cancelled;
  // What was read until then is not the body.
  expect([asked.calls, sent, api.requests]).toEqual([[], [], []]);
});

test("a caller gives up while an answer is being read, also long after it began", async () => {
  setFlagsFromString("--expose-gc");
  const collectGarbage = runInNewContext("gc") as () => void;
  const api = await scriptedServer((_request, response) => response.writeHead(200).write("first"));
  const foreign = await scriptedServer((_request, response) => response.writeHead(200).write("first"));
  const fetch = authorizedFetch(source, { origins: [api.origin] });

  for (const { origin } of [api, foreign]) {
    const controller = new AbortController();
    const response = await fetch(origin, { signal: controller.signal });
    const reader: ReadableStreamDefaultReader<Uint8Array> | undefined = response.body?.getReader();
    await reader?.read();
    for (let round = 0; round < 5; round++) {
      collectGarbage();
      await setImmediate();
    }
    controller.abort(new Error("enough"));
    await expect(reader?.read()).rejects.toThrow("enough");
  }
});
