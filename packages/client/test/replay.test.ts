import { once } from "node:events";
import { Readable } from "node:stream";
import { accessToken, fixed, LoginRequiredError, type TokenSource } from "@org/auth-core";
import { expect, test } from "vitest";
import { authorizedFetch, replayable } from "../src/index.ts";
import { resolve } from "../src/source.ts";
import {
  authServer,
  numberedSource,
  protectedApi,
  recordingServer,
  rejection,
  scriptedServer,
  type ScriptedServer,
} from "./surroundings.ts";

/** An API that has had enough of the first token. */
function refusingFirst(): ReturnType<typeof scriptedServer> {
  return scriptedServer(({ headers }, response) =>
    response.writeHead(headers.authorization === "Bearer canary-token-1" ? 401 : 200).end("an answer"),
  );
}

test("B.4-10 F63 after a 401 the source is asked once more, naming the very token, and the request is sent once more", async () => {
  const api = await refusingFirst();
  const source = numberedSource();
  const { signal } = new AbortController();
  const response = await authorizedFetch(source, { origins: [api.origin] })(`${api.origin}/a`, { signal });
  expect([response.status, await response.text(), response.url]).toEqual([200, "an answer", `${api.origin}/a`]);
  expect(api.requests.map(({ headers }) => headers.authorization)).toEqual([
    "Bearer canary-token-1",
    "Bearer canary-token-2",
  ]);
  const [first, second, ...others] = source.calls;
  expect(others).toEqual([]);
  expect(first).toEqual({ signal });
  expect(second?.rejected?.value).toBe("canary-token-1");
  expect(second?.signal).toBe(signal);
});

const form = (): FormData => {
  const data = new FormData();
  data.set("name", "value");
  data.set("file", new Blob(["content"]), "file.txt");
  return data;
};
const bytes = new TextEncoder().encode("some bytes");
const bodies: readonly (readonly [what: string, body: () => NonNullable<RequestInit["body"]>])[] = [
  ["text", () => JSON.stringify({ a: 1 })],
  ["an empty text", () => ""],
  ["a form", () => new URLSearchParams({ a: "1" })],
  ["form data", form],
  ["bytes", () => bytes],
  ["a part of a buffer", () => bytes.subarray(2, 5)],
  ["a buffer", () => bytes.buffer],
  ["a blob", () => new Blob([bytes], { type: "text/x-mine" })],
];

test.for(bodies)("F63 a request is sent again with its body: %s", async ([, body]) => {
  const api = await refusingFirst();
  const send = [
    (fetch: typeof globalThis.fetch) => fetch(api.origin, { method: "POST", body: body() }),
    (fetch: typeof globalThis.fetch) => fetch(new Request(api.origin, { method: "POST", body: body() })),
  ];
  for (const sendWith of send) {
    const response = await sendWith(authorizedFetch(numberedSource(), { origins: [api.origin] }));
    expect(response.status).toBe(200);
    const [refused, again] = api.requests.slice(-2).map(comparable);
    expect(again).toEqual({ ...refused, headers: { ...refused?.headers, authorization: "Bearer canary-token-2" } });
    const last = api.requests.at(-1);
    expect(last?.headers["content-length"]).toBe(String(Buffer.byteLength(last?.body ?? "")));
  }
  // The same as without us.
  await fetch(api.origin, { method: "POST", body: body() });
  const [ours, native] = api.requests
    .slice(-2)
    .map(comparable)
    .map((request) => [request.body, request.headers["content-type"]]);
  expect(ours).toEqual(native);
});

/** A request without the boundary of its form, which is made up anew each time. */
function comparable(request: ScriptedServer["requests"][number]): ScriptedServer["requests"][number] {
  const named = (text: string): string => text.replace(/formdata-\S+?(?=-?-?(\r|$))/g, "boundary");
  const type = request.headers["content-type"];
  const headers = { ...request.headers, ...(type !== undefined && { "content-type": named(type) }) };
  return { ...request, headers, body: named(request.body) };
}

const streams: readonly (readonly [what: string, body: () => NonNullable<RequestInit["body"]>])[] = [
  ["a stream", () => new Blob(["in", "parts"]).stream()],
  ["a Node stream", () => Readable.from(["in", "parts"].map((part) => Buffer.from(part)))],
];

test.for(streams)(
  "F63 a request whose body is a stream is not sent again, and the error says so: %s",
  async ([, body]) => {
    const api = await refusingFirst();
    const source = numberedSource();
    const fetch = authorizedFetch(source, { origins: [api.origin] });
    const init = { method: "POST", duplex: "half" } as const;
    const error = await rejection(fetch(`${api.origin}/a?canary`, { ...init, body: body() }));
    expect(error).toMatchObject({ code: "body_not_replayable", retryable: true });
    expect(error.message).toContain(`POST ${api.origin}/a has to be sent once more`);
    expect(api.requests).toMatchObject([{ body: "inparts", headers: { "transfer-encoding": "chunked" } }]);
    expect(source.calls).toHaveLength(2);

    expect((await fetch(api.origin, { ...init, body: body() })).status).toBe(200);
  },
);

test("F63 a stream that can be opened again is sent again, from its beginning", async () => {
  const api = await refusingFirst();
  let opened = 0;
  const body = replayable(() => {
    opened++;
    return new Blob(["in", "parts"]).stream();
  });
  const fetch = authorizedFetch(numberedSource(), { origins: [api.origin] });
  expect(opened).toBe(0);
  expect((await fetch(api.origin, { method: "POST", duplex: "half", body })).status).toBe(200);
  expect(api.requests.map((request) => request.body)).toEqual(["inparts", "inparts"]);
  expect(api.requests[0]?.headers).toMatchObject({ "transfer-encoding": "chunked" });
  expect(opened).toBe(2);
});

test("a stream that can be opened again is an ordinary one for whoever knows nothing of that", async () => {
  const api = await recordingServer();
  await fetch(api.origin, {
    method: "POST",
    duplex: "half",
    body: replayable(() => new Blob(["in", "parts"]).stream()),
  });
  expect(api.requests.map(({ body }) => body)).toEqual(["inparts"]);

  let cancelled: unknown;
  const endless = replayable(
    () => new ReadableStream({ pull: (to) => to.enqueue(new Uint8Array(1)), cancel: (why) => void (cancelled = why) }),
  );
  const reader = endless.getReader();
  await reader.read();
  await reader.cancel("enough");
  expect(cancelled).toBe("enough");
});

test("F63 a 401 to a stream is the answer where there is no other token", async () => {
  const api = await scriptedServer((_request, response) => response.writeHead(401).end("no"));
  const fetch = authorizedFetch(fixed(accessToken({ value: "canary-token" })), { origins: [api.origin] });
  const init = { method: "POST", duplex: "half", body: new Blob(["text"]).stream() } as const;
  const response = await fetch(api.origin, init);
  expect([response.status, await response.text()]).toEqual([401, "no"]);
});

test("F63 a second 401 is final, and can be read", async () => {
  const api = await scriptedServer((_request, response) => response.writeHead(401).end("no"));
  const source = numberedSource();
  const response = await authorizedFetch(source, { origins: [api.origin] })(api.origin);
  expect([response.status, await response.text()]).toEqual([401, "no"]);
  expect(api.requests).toHaveLength(2);
  expect(source.calls).toHaveLength(2);
});

test("where there is no other token nothing is sent again, and the 401 can be read", async () => {
  const api = await scriptedServer((_request, response) => response.writeHead(401).end("no"));
  const source = fixed(accessToken({ value: "canary-token" }));
  const response = await authorizedFetch(source, { origins: [api.origin] })(api.origin);
  expect([response.status, await response.text()]).toEqual([401, "no"]);
  expect(api.requests).toHaveLength(1);
});

test("F63 fifty requests that are refused one token make one token request", async () => {
  const server = await authServer();
  const api = await protectedApi(server);
  const { source } = await machine(server);
  const fetch = authorizedFetch(source, { origins: [api.origin] });
  api.refuse((await source.getToken()).value);
  expect(server.tokenRequests()).toBe(1);

  const answers = await Promise.all(Array.from({ length: 50 }, () => fetch(`${api.baseUrl}/me`)));
  expect(answers.filter(({ ok }) => ok)).toHaveLength(50);
  expect(api.requests).toHaveLength(100);
  expect(server.tokenRequests()).toBe(2);
});

test("F63 a 401 for a token that has been replaced already makes no token request", async () => {
  const server = await authServer();
  const { promise: late, resolve: arrived } = Promise.withResolvers<undefined>();
  const { promise: replaced, resolve: release } = Promise.withResolvers<undefined>();
  let stale: string | undefined;
  const api = await scriptedServer(async ({ target, headers }, response) => {
    stale ??= headers.authorization;
    if (target === "/late" && headers.authorization === stale) {
      arrived(undefined);
      await replaced;
    }
    response.writeHead(headers.authorization === stale ? 401 : 200).end();
  });
  const fetch = authorizedFetch((await machine(server)).source, { origins: [api.origin] });

  const lateAnswer = fetch(`${api.origin}/late`);
  await late;
  expect((await fetch(`${api.origin}/a`)).status).toBe(200);
  expect(server.tokenRequests()).toBe(2);
  release(undefined);
  expect((await lateAnswer).status).toBe(200);
  expect(server.tokenRequests()).toBe(2);
});

test("a caller gives up while its request is sent again", async () => {
  const controller = new AbortController();
  const api = await scriptedServer(({ headers }, response) => {
    if (headers.authorization === "Bearer canary-token-1") response.writeHead(401).end();
    else controller.abort(new Error("enough"));
  });
  const { signal } = controller;
  await expect(authorizedFetch(numberedSource(), { origins: [api.origin] })(api.origin, { signal })).rejects.toThrow(
    "enough",
  );
  expect(api.requests).toHaveLength(2);
});

test("a refusal that nobody will read is given up, and its connection with it", async () => {
  const { promise: closed, resolve } = Promise.withResolvers<unknown>();
  const api = await scriptedServer(({ headers }, response) => {
    if (headers.authorization === "Bearer canary-token-1") {
      void once(response, "close").then(resolve);
      response.writeHead(401).write("a refusal without end");
    } else response.end();
  });
  const { fetch, answers } = holding();
  const authorized = authorizedFetch(numberedSource(), { origins: [api.origin], fetch });
  expect((await authorized(api.origin)).status).toBe(200);
  await closed;
  expect(answers).toHaveLength(2);
});

/** A `fetch` that holds its answers: what is held is not given up by the garbage collector. */
function holding(): { readonly fetch: typeof globalThis.fetch; readonly answers: readonly Response[] } {
  const answers: Response[] = [];
  return {
    answers,
    fetch: async (...call) => {
      const answer = await fetch(...call);
      answers.push(answer);
      return answer;
    },
  };
}

test("a login that has ended comes through after a 401, which is given up", async () => {
  const { promise: closed, resolve } = Promise.withResolvers<unknown>();
  const api = await scriptedServer((_request, response) => {
    void once(response, "close").then(resolve);
    response.writeHead(401).write("a refusal without end");
  });
  const token = accessToken({ value: "canary-token" });
  const source: TokenSource = {
    async getToken({ rejected } = {}) {
      if (rejected !== undefined) throw new LoginRequiredError("the login has ended");
      return token;
    },
  };
  const { fetch, answers } = holding();
  const answer = authorizedFetch(source, { origins: [api.origin], fetch })(api.origin);
  expect(await rejection(answer)).toMatchObject({ code: "login_required" });
  await closed;
  expect(answers).toHaveLength(1);
});

test("a refusal that breaks off is replayed like any other", async () => {
  const api = await scriptedServer(({ headers }, response) => {
    if (headers.authorization !== "Bearer canary-token-1") response.end();
    else response.writeHead(401, { "content-length": 10 }).write("half", () => response.destroy());
  });
  expect((await authorizedFetch(numberedSource(), { origins: [api.origin] })(api.origin)).status).toBe(200);
});

test("a 401 of a place that got no token costs no renewal", async () => {
  const elsewhere = await scriptedServer((_request, response) => response.writeHead(401).end("not yours"));
  const api = await scriptedServer((_request, response) =>
    response.writeHead(302, { location: `${elsewhere.origin}/a` }).end(),
  );
  const source = numberedSource();
  const response = await authorizedFetch(source, { origins: [api.origin, elsewhere.origin] })(api.origin);
  expect([response.status, await response.text()]).toEqual([401, "not yours"]);
  expect(source.calls).toHaveLength(1);
  expect(elsewhere.requests).toHaveLength(1);
});

test("what was done before a redirect to a 401 is not done twice", async () => {
  const api = await scriptedServer(({ method, headers }, response) => {
    if (method === "POST") response.writeHead(303, { location: "/made" }).end();
    else response.writeHead(headers.authorization === "Bearer canary-token-1" ? 401 : 200).end();
  });
  const init = { method: "POST", body: "order" };
  const response = await authorizedFetch(numberedSource(), { origins: [api.origin] })(`${api.origin}/orders`, init);
  expect(response.status).toBe(200);
  expect(api.requests.map(({ method, target }) => `${method} ${target}`)).toEqual([
    "POST /orders",
    "GET /made",
    "GET /made",
  ]);
});

function machine({ issuer, confidentialClient }: Awaited<ReturnType<typeof authServer>>): ReturnType<typeof resolve> {
  return resolve({
    env: {
      ORG_AUTH_ISSUER: issuer,
      ORG_AUTH_CLIENT_ID: confidentialClient.clientId,
      ORG_AUTH_CLIENT_SECRET: confidentialClient.clientSecret,
    },
  });
}
