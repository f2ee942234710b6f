import { once } from "node:events";
import type { OutgoingHttpHeaders } from "node:http";
import { accessToken, fixed } from "@org/auth-core";
import { expect, test } from "vitest";
import { authorizedFetch, createClient, replayable } from "../src/index.ts";
import { recordingServer, rejection, scriptedServer, type ScriptedServer } from "./surroundings.ts";

const source = fixed(accessToken({ value: "canary-token" }));

/** An API that answers `/start` with a redirect, and all else with `{}`. */
function redirecting(status: number, location: string | undefined): Promise<ScriptedServer> {
  return scriptedServer(({ target }, response) => {
    const headers: OutgoingHttpHeaders = location === undefined ? {} : { location };
    if (target === "/start") response.writeHead(status, headers).end("moved");
    else response.end("{}");
  });
}

const statuses = [301, 302, 303, 307, 308] as const;
const methods = ["GET", "HEAD", "POST", "PUT", "DELETE"] as const;
const cases = statuses.flatMap((status) => methods.map((method) => [status, method] as const));
const secrets = {
  "x-api-key": "canary-key",
  cookie: "a=canary",
  dpop: "canary-proof",
  "proxy-authorization": "Basic canary",
  "x-mine": "canary-mine",
};

function requestOf(method: string): RequestInit {
  const headers = { ...secrets, accept: "text/x-mine", "accept-language": "eo" };
  if (method === "GET") return { method, headers: { ...headers, "content-type": "text/x-mine" } };
  if (method === "HEAD") return { method, headers };
  return { method, headers: { ...headers, "content-type": "text/x-mine", "content-language": "eo" }, body: "text" };
}

test.for(cases)("4.4-52 a %s within the origin is followed as fetch does it: %s", async ([status, method]) => {
  const api = await redirecting(status, "/next?q#f");
  const native = await fetch(`${api.origin}/start`, requestOf(method));
  const ours = await authorizedFetch(source, { origins: [api.origin] })(`${api.origin}/start`, requestOf(method));

  expect([ours.status, ours.url, ours.redirected, await ours.text()]).toEqual([
    native.status,
    native.url,
    native.redirected,
    await native.text(),
  ]);
  expect(ours.redirected).toBe(true);
  const [, followed, , ourFollowed] = api.requests;
  expect(ourFollowed).toEqual({
    ...followed,
    headers: { ...followed?.headers, authorization: "Bearer canary-token" },
  });
});

test.for(cases)(
  "4.4-52 a %s to another origin takes nothing there but what is harmless: %s",
  async ([status, method]) => {
    const elsewhere = await recordingServer();
    const api = await redirecting(status, `${elsewhere.origin}/next`);
    const fetch = authorizedFetch(source, { origins: [api.origin, elsewhere.origin] });
    const answer = fetch(`${api.origin}/start`, requestOf(method));

    const becomesGet = (status === 303 && method !== "HEAD") || (status < 303 && method === "POST");
    if ((method === "PUT" || method === "DELETE" || method === "POST") && !becomesGet) {
      expect(await rejection(answer)).toMatchObject({ code: "redirect_refused" });
      expect(elsewhere.requests).toEqual([]);
      return;
    }
    const response = await answer;
    expect([response.status, response.url]).toEqual([200, `${elsewhere.origin}/next`]);
    expect(elsewhere.requests).toMatchObject([
      { method: becomesGet ? "GET" : method, body: "", headers: { accept: "text/x-mine", "accept-language": "eo" } },
    ]);
    expect(elsewhere.requests.map(({ raw }) => raw).join()).not.toContain("canary");
    expect(Object.keys(elsewhere.requests[0]?.headers ?? {})).not.toContain("content-type");
  },
);

test("4.4-52 what was dropped on the way out does not come back on the way home", async () => {
  const api = await scriptedServer(({ target }, response) => {
    if (target === "/start") response.writeHead(302, { location: `${elsewhere.origin}/there` }).end();
    else response.end();
  });
  const elsewhere = await scriptedServer((_request, response) =>
    response.writeHead(302, { location: `${api.origin}/home` }).end(),
  );
  const fetch = authorizedFetch(source, { origins: [api.origin] });
  await fetch(`${api.origin}/start`, { headers: secrets });
  expect(api.requests.map(({ target }) => target)).toEqual(["/start", "/home"]);
  expect(JSON.stringify(api.requests[0])).toContain("canary");
  expect(JSON.stringify([api.requests[1], elsewhere.requests])).not.toContain("canary");
});

test.for(cases)(
  "4.4-52 a request begun elsewhere leaves what it brought along there as well: a %s of a %s",
  async ([status, method]) => {
    const third = await recordingServer();
    const foreign = await scriptedServer(({ target }, response) => {
      const location = target === "/start" ? "/on" : `${third.origin}/next`;
      response.writeHead(status, { location }).end();
    });
    const fetch = authorizedFetch(source, { origins: ["https://api.example.com"] });
    const init = requestOf(method);
    const headers = { ...(init.headers as Record<string, string>), authorization: "Basic canary-own" };
    const answer = fetch(`${foreign.origin}/start`, { ...init, headers });

    const becomesGet = (status === 303 && method !== "HEAD") || (status < 303 && method === "POST");
    const isRefused = (method === "PUT" || method === "DELETE" || method === "POST") && !becomesGet;
    if (isRefused) expect(await rejection(answer)).toMatchObject({ code: "redirect_refused" });
    else expect(await answer).toMatchObject({ status: 200, url: `${third.origin}/next`, redirected: true });
    expect(third.requests).toHaveLength(isRefused ? 0 : 1);
    expect(third.requests.map(({ raw }) => raw).join()).not.toContain("canary");
    // It is the caller's own, for just this origin.
    expect(foreign.requests.map((request) => request.headers.authorization)).toEqual(Array(2).fill("Basic canary-own"));
    expect(JSON.stringify(foreign.requests)).not.toContain("canary-token");
  },
);

test("4.4-52 a client's own headers and body stay where they were sent", async () => {
  const third = await recordingServer();
  const foreign = await redirecting(307, `${third.origin}/next`);
  const client = createClient({
    baseUrl: "https://api.example.com",
    source,
    ky: { retry: 0, headers: { "x-api-key": "canary-key" } },
  });
  const posted = client.post(`${foreign.origin}/start`, { json: { secret: "canary-body" } });
  expect(await rejection(posted)).toMatchObject({ code: "redirect_refused" });
  expect(foreign.requests).toMatchObject([
    { body: '{"secret":"canary-body"}', headers: { "x-api-key": "canary-key" } },
  ]);
  expect(third.requests).toEqual([]);

  await client.get(`${foreign.origin}/start`);
  expect(third.requests.map(({ raw }) => raw)).toEqual([expect.not.stringContaining("canary")]);
});

test("4.4-52 a request begun elsewhere gets no token where it is led to the API", async () => {
  const api = await recordingServer();
  const foreign = await redirecting(302, `${api.origin}/next`);
  await authorizedFetch(source, { origins: [api.origin] })(`${foreign.origin}/start`);
  expect(api.requests.map(({ headers }) => headers.authorization)).toEqual([undefined]);
});

const others: readonly (readonly [what: string, host: string])[] = [
  ["a host with a dot at its end", "localhost."],
  ["an IPv4 address within IPv6", "[::ffff:127.0.0.1]"],
  ["another address of this machine", "127.0.0.2"],
];

test.for(others)("4.4-52 %s is another origin", async ([, host]) => {
  const sent: Headers[] = [];
  const fetch = authorizedFetch(source, {
    origins: ["http://127.0.0.1:4000", "http://localhost:4000"],
    fetch: async (input, init) => {
      sent.push(new Headers(init?.headers));
      const headers = { location: `http://${host}:4000/next` };
      return new Response(null, String(input).endsWith("/start") ? { status: 307, headers } : {});
    },
  });
  await fetch("http://localhost:4000/start", { headers: secrets });
  expect(sent.map((headers) => [...headers].length > 0)).toEqual([true, false]);
  const posted = fetch("http://localhost:4000/start", { method: "POST", body: "text" });
  expect(await rejection(posted)).toMatchObject({ code: "redirect_refused" });
  expect(sent).toHaveLength(3);
});

test("4.4-52 what goes without our token is led elsewhere as carefully", async () => {
  const elsewhere = await recordingServer();
  const api = await redirecting(307, `${elsewhere.origin}/next`);
  const anonymous = authorizedFetch(source, { origins: [api.origin], auth: "none" });
  const own = authorizedFetch(source, { origins: [api.origin] });
  await anonymous(`${api.origin}/start`, { headers: secrets });
  await own(`${api.origin}/start`, { headers: { ...secrets, authorization: "Basic canary" } });
  expect(elsewhere.requests).toHaveLength(2);
  expect(elsewhere.requests.map(({ raw }) => raw).join()).not.toContain("canary");
  const posted = anonymous(`${api.origin}/start`, { method: "POST", body: "canary" });
  expect(await rejection(posted)).toMatchObject({ code: "redirect_refused" });
});

test("4.4-52 the name localhost is another origin than 127.0.0.1", async () => {
  const api = await scriptedServer(({ target }, response) => {
    const port = new URL(api.origin).port;
    if (target === "/start") response.writeHead(302, { location: `http://localhost:${port}/next` }).end();
    else response.end();
  });
  await authorizedFetch(source, { origins: [api.origin] })(`${api.origin}/start`, { headers: secrets });
  expect(api.requests.map(({ target, headers }) => [target, headers.authorization])).toEqual([
    ["/start", "Bearer canary-token"],
    ["/next", undefined],
  ]);
});

const strange: readonly (readonly [what: string, location: string])[] = [
  ["no address", "http://["],
  ["a script", "javascript:alert(1)"],
  ["a file", "file:///etc/passwd"],
  ["data", "data:text/plain,x"],
  ["a blob of the very origin", "blob:http://127.0.0.1/1"],
  ["a user name and a password", "http://user:canary@127.0.0.1/"],
  ["a user name", "//user@127.0.0.1/"],
  ["a user name at another host", "https://user@evil.test/"],
];

test.for(strange)("4.4-52 a redirect to %s is refused", async ([, location]) => {
  const api = await redirecting(302, location);
  const error = await rejection(authorizedFetch(source, { origins: [api.origin] })(`${api.origin}/start`));
  expect(error.code).toBe("redirect_refused");
  expect(api.requests).toHaveLength(1);
});

test("4.4-52 a redirect from https: to http: is refused, and the way up is followed with nothing secret", async () => {
  const sent: [url: string, headers: Headers][] = [];
  const locations = new Map([
    ["https://api.example.com/down", "http://api.example.com/"],
    ["http://127.0.0.1:4000/up", "https://127.0.0.1:4000/"],
  ]);
  const fetch = authorizedFetch(source, {
    origins: ["https://api.example.com", "http://127.0.0.1:4000"],
    fetch: async (input, init) => {
      const url = String(input instanceof Request ? input.url : input);
      sent.push([url, new Headers(init?.headers)]);
      const location = locations.get(url);
      return location === undefined ? new Response() : new Response(null, { status: 302, headers: { location } });
    },
  });
  expect(await rejection(fetch("https://api.example.com/down"))).toMatchObject({ code: "redirect_refused" });
  expect(sent).toHaveLength(1);

  await fetch("http://127.0.0.1:4000/up", { headers: secrets });
  expect(sent[2]?.[0]).toBe("https://127.0.0.1:4000/");
  expect([...(sent[2]?.[1] ?? [])]).toEqual([]);
});

const relative: readonly (readonly [location: string, target: string])[] = [
  ["next", "/v1/next"],
  ["../next", "/next"],
  ["?q", "/v1/start?q"],
  ["/ne xt", "/ne%20xt"],
  ["/%E4%B8%AD", "/%E4%B8%AD"],
  [Buffer.from("/中").toString("latin1"), "/%E4%B8%AD"],
];

test.for(relative)("4.4-54 a relative address is read as fetch reads it: %j", async ([location, target]) => {
  const api = await scriptedServer((request, response) => {
    if (request.target === "/v1/start") response.writeHead(302, { location }).end();
    else response.end();
  });
  await authorizedFetch(source, { origins: [api.origin] })(`${api.origin}/v1/start`);
  await fetch(`${api.origin}/v1/start`);
  expect([api.requests[1]?.target, api.requests[3]?.target]).toEqual([target, target]);
  expect(api.requests[1]?.headers.authorization).toBe("Bearer canary-token");
});

const sneaky = ["//HOST/x", "/\\HOST/x", "\\\\HOST/x", "/\t/HOST/x", "http:\\\\HOST/x", "http:/\\HOST/x"];

test.for(sneaky)("4.4-55 an address that only looks relative gets no token: %j", async (location) => {
  const elsewhere = await recordingServer();
  const api = await redirecting(307, location.replace("HOST", new URL(elsewhere.origin).host));
  await authorizedFetch(source, { origins: [api.origin] })(`${api.origin}/start`, { headers: secrets });
  expect(elsewhere.requests).toHaveLength(1);
  expect(elsewhere.requests.map(({ raw }) => raw).join()).not.toContain("canary");
});

test("a redirect without an address is the answer", async () => {
  const api = await redirecting(302, undefined);
  const response = await authorizedFetch(source, { origins: [api.origin] })(`${api.origin}/start`);
  expect([response.status, await response.text()]).toEqual([302, "moved"]);
});

test("300 and 304 are answers, whatever address they name", async () => {
  for (const status of [300, 304]) {
    const api = await redirecting(status, "/next");
    expect((await authorizedFetch(source, { origins: [api.origin] })(`${api.origin}/start`)).status).toBe(status);
    expect(api.requests).toHaveLength(1);
  }
});

test("4.4-54 line breaks in an address put no header into the next request", async () => {
  const api = await scriptedServer(({ target }, response) => {
    // Node itself would not write this.
    if (target !== "/start") response.end();
    else response.socket?.end("HTTP/1.1 302 Found\r\nlocation: /a\r\n x-injected: 1\r\ncontent-length: 0\r\n\r\n");
  });
  const answer = authorizedFetch(source, { origins: [api.origin] })(`${api.origin}/start`);
  await answer.catch(() => undefined);
  expect(api.requests.slice(1).filter(({ headers }) => "x-injected" in headers)).toEqual([]);
});

test("4.4-54 an address of 64 KB ends in an error, and a shorter one makes no long message", async () => {
  const huge = await redirecting(302, `/${"a".repeat(65_536)}`);
  await expect(authorizedFetch(source, { origins: [huge.origin] })(`${huge.origin}/start`)).rejects.toThrow();
  expect(huge.requests).toHaveLength(1);

  const api = await scriptedServer(({ target }, response) => {
    const location = target === "/start" ? `/${"a".repeat(10_000)}` : "javascript:1";
    response.writeHead(302, { location }).end();
  });
  const error = await rejection(authorizedFetch(source, { origins: [api.origin] })(`${api.origin}/start`));
  expect(error.message.length).toBeLessThan(500);
});

test("4.4-54 five hops are followed and the sixth is refused", async () => {
  const api = await scriptedServer(({ target }, response) => {
    const left = Number(target.slice(1));
    if (left > 0) response.writeHead(302, { location: `/${String(left - 1)}` });
    response.end();
  });
  const fetch = authorizedFetch(source, { origins: [api.origin] });
  expect((await fetch(`${api.origin}/5`)).url).toBe(`${api.origin}/0`);
  expect(api.requests).toHaveLength(6);
  expect(await rejection(fetch(`${api.origin}/6`))).toMatchObject({ code: "redirect_refused" });
  expect(api.requests).toHaveLength(12);
});

test("4.4-54 4.4-58 a loop is refused, and its query is not told", async () => {
  const api = await scriptedServer((_request, response) =>
    response.writeHead(308, { location: "/loop?code=canary" }).end(),
  );
  const fetch = authorizedFetch(source, { origins: [api.origin] });
  const error = await rejection(fetch(`${api.origin}/loop?code=canary`, { method: "POST", body: "text" }));
  expect(error).toMatchObject({ code: "redirect_refused" });
  expect(api.requests.map(({ method, body }) => [method, body])).toEqual(Array(6).fill(["POST", "text"]));
});

test("a redirect of a stream is refused, because nobody has kept it, and can be left to the caller", async () => {
  for (const status of statuses) {
    const api = await redirecting(status, "/next?canary");
    const fetch = authorizedFetch(source, { origins: [api.origin] });
    const open = (): ReadableStream<Uint8Array> => new Blob(["text"]).stream();
    for (const body of [open(), replayable(open)]) {
      const error = await rejection(fetch(`${api.origin}/start`, { method: "POST", body, duplex: "half" }));
      expect(error).toMatchObject({ code: "redirect_refused" });
      expect(error.message).toContain(`POST ${api.origin}/start redirects though its body is a stream`);
    }
    const init = { method: "POST", body: open(), duplex: "half" } as const;
    expect((await fetch(`${api.origin}/start`, { ...init, redirect: "manual" })).status).toBe(status);
    const wanted = fetch(`${api.origin}/start`, { ...init, body: open(), redirect: "error" });
    await expect(wanted).rejects.toBeInstanceOf(TypeError);
    expect(api.requests.map(({ target, body }) => [target, body])).toEqual(Array(4).fill(["/start", "text"]));
  }
});

test("redirects are left to a caller who wants them, or refused for one who does not", async () => {
  const api = await redirecting(302, "/next");
  const fetch = authorizedFetch(source, { origins: [api.origin] });
  for (const answer of [
    await fetch(`${api.origin}/start`, { redirect: "manual" }),
    await fetch(new Request(`${api.origin}/start`, { redirect: "manual" })),
  ]) {
    expect([answer.status, answer.headers.get("location"), await answer.text()]).toEqual([302, "/next", "moved"]);
  }
  await expect(fetch(`${api.origin}/start`, { redirect: "error" })).rejects.toBeInstanceOf(TypeError);
  expect(api.requests).toHaveLength(3);
});

test("a caller gives up on the way", async () => {
  const controller = new AbortController();
  const api = await scriptedServer(({ target }, response) => {
    if (target === "/start") response.writeHead(302, { location: "/next" }).end();
    else controller.abort(new Error("enough"));
  });
  const fetch = authorizedFetch(source, { origins: [api.origin] });
  await expect(fetch(`${api.origin}/start`, { signal: controller.signal })).rejects.toThrow("enough");
});

test("the body of a redirect is given up, and its connection with it", async () => {
  const { promise: closed, resolve } = Promise.withResolvers<unknown>();
  const api = await scriptedServer(({ target }, response) => {
    if (target === "/start") {
      void once(response, "close").then(resolve);
      response.writeHead(302, { location: "/next" }).write("a page without end");
    } else response.end();
  });
  // What is held is not given up by the garbage collector.
  const answers: Response[] = [];
  const holding: typeof fetch = async (...call) => {
    const answer = await fetch(...call);
    answers.push(answer);
    return answer;
  };
  const authorized = authorizedFetch(source, { origins: [api.origin], fetch: holding });
  expect((await authorized(`${api.origin}/start`)).status).toBe(200);
  await closed;
  expect(answers).toHaveLength(2);
});

test("an answer that no redirect has led to does not say so", async () => {
  const api = await recordingServer();
  expect((await authorizedFetch(source, { origins: [api.origin] })(api.origin)).redirected).toBe(false);
});

test("where a runtime does not say where a redirect leads, it is refused, and not taken for an answer", async () => {
  // As browsers answer what is not to follow redirects.
  const opaque = Object.defineProperty(new Response(null), "type", { value: "opaqueredirect" });
  const send = authorizedFetch(source, { origins: ["https://api.example.com"], fetch: () => Promise.resolve(opaque) });
  expect(await rejection(send("https://api.example.com/a"))).toMatchObject({
    code: "redirect_refused",
    message: "https://api.example.com/a redirects to where this runtime does not say",
  });
  expect((await send("https://api.example.com/a", { redirect: "manual" })).type).toBe("opaqueredirect");
});
