import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { inspect } from "node:util";
import { createGzip, gzipSync } from "node:zlib";
import { accessToken, fixed, isAuthError, LoginRequiredError, type TokenSource } from "@org/auth-core";
import ky, { isHTTPError } from "ky";
import { check, number, object, pipe, string } from "valibot";
import { expect, test } from "vitest";
import { ApiError, createClient, type ClientOptions } from "../src/index.ts";
import { failure, recordingServer, rejection, scriptedServer, tempFolder } from "./surroundings.ts";

const source = fixed(accessToken({ value: "canary-token" }));

/** A client of an API that answers everything so. */
async function clientOf(
  answer: (response: ServerResponse) => unknown,
  options: ClientOptions = {},
): Promise<{ readonly client: ReturnType<typeof createClient>; readonly origin: string }> {
  const { origin } = await scriptedServer((_request, response) => answer(response));
  return { client: createClient({ baseUrl: origin, source, ...options, ky: { retry: 0, ...options.ky } }), origin };
}

const statuses: readonly (readonly [status: number, code: string, isRetryable: boolean])[] = [
  [302, "server_error", false],
  [400, "server_error", false],
  [401, "login_required", false],
  [403, "access_denied", false],
  [404, "server_error", false],
  [429, "server_unavailable", true],
  [500, "server_unavailable", true],
  [503, "server_unavailable", true],
];

test.for(statuses)("a %s is an ApiError: %s", async ([status, code, retryable]) => {
  const { client, origin } = await clientOf((response) =>
    response.writeHead(status, { "content-type": "application/json", "x-limit": "7" }).end('{"said":"canary"}'),
  );
  const error = await rejection(client.post("a/b?canary=1", { json: { canary: 1 } }));
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({ code, retryable, status, method: "POST", url: `${origin}/a/b`, scopes: undefined });
  expect(error.message).toMatch(`POST ${origin}/a/b was answered with ${String(status)}`);
  const { data, response } = error as unknown as ApiError;
  expect([data, response.headers.get("x-limit")]).toEqual([{ said: "canary" }, "7"]);
  expect(isHTTPError(error)).toBe(false);
});

test("4.4-58 an ApiError shows neither the query nor what a path would do to a terminal", async () => {
  const { client, origin } = await clientOf((response) => response.writeHead(404).end());
  const error = await rejection(client.get(`a\u202eb/${"x".repeat(1000)}?canary`));
  expect(error.message.length).toBeLessThan(400);
  expect(error.message).toContain(`${origin}/a%E2%80%AEb/xxx`);
});

test("B.1-28 where the API wants a credential and there is none, a person has to sign in", async () => {
  const env = { HOME: tempFolder() };
  for (const status of [401, 403]) {
    for (const auth of ["none", "optional"] as const) {
      const { client, origin } = await clientOf((response) => response.writeHead(status).end(), {
        auth,
        source: undefined,
        env,
        folder: false,
        profile: "work",
      });
      const error = await rejection(client.get("me?canary"));
      expect(error).toBeInstanceOf(LoginRequiredError);
      expect(error).toMatchObject({
        code: "login_required",
        message: `GET ${origin}/me: the API wants a credential, and there is none`,
        hint: "run `org-auth login --profile work`",
      });
    }
  }
});

test("B.1-28 where the API calls the credential invalid, a person has to sign in", async () => {
  for (const status of [401, 403]) {
    const { client } = await clientOf((response) =>
      response
        .writeHead(status, { "content-type": "application/json" })
        .end('{"error":{"code":"auth_required","canary":1}}'),
    );
    const error = await rejection(client.get("me"));
    expect(error).toBeInstanceOf(LoginRequiredError);
    expect(error.message).toContain("does not take the credential");
  }
  const { client } = await clientOf((response) =>
    response.writeHead(400, { "content-type": "application/json" }).end('{"error":{"code":"auth_required"}}'),
  );
  expect(await rejection(client.get("me"))).toBeInstanceOf(ApiError);
});

test("B.1-28 any other 401 or 403 says only that", async () => {
  for (const body of ["null", "[]", '{"error":"auth_required"}', '{"error":null}', '{"error":{"code":"other"}}', ""]) {
    const { client } = await clientOf((response) =>
      response.writeHead(403, { "content-type": "application/json" }).end(body),
    );
    expect(await rejection(client.get("me"))).toMatchObject({ name: "ApiError", code: "access_denied" });
  }
  // One's own Authorization is a credential too.
  const { client } = await clientOf((response) => response.writeHead(401).end(), { auth: "none" });
  const error = await rejection(client.get("me", { headers: { authorization: "Basic canary" } }));
  expect(error).toMatchObject({ name: "ApiError", status: 401 });
});

test("a status that the caller wants to see is no error", async () => {
  const { client } = await clientOf((response) => response.writeHead(401).end("no"), {
    auth: "none",
    ky: { throwHttpErrors: false },
  });
  const response = await client.get("a");
  expect([response.status, await response.text()]).toEqual([401, "no"]);
});

test("F49 an API that never answers is given up in time, and named", async () => {
  const { client, origin } = await clientOf(() => undefined, { ky: { timeout: 100 } });
  const { host } = new URL(origin);
  const error = await rejection(client.get("a?canary"));
  expect(error).toMatchObject({ code: "timeout", message: `${host} did not answer in time`, retryable: true });
});

test("F48 an answer that drips is given up in time, however it is read", async () => {
  const drip = (response: ServerResponse): unknown => response.writeHead(200).write("{");
  for (const ky of [{ timeout: 200 }, { totalTimeout: 200 }]) {
    const { client } = await clientOf(drip, { ky });
    expect(await rejection(client.get("a").json())).toMatchObject({ code: "timeout" });
  }
  const { client, origin } = await clientOf(drip, { ky: { timeout: 200 } });
  const message = `${new URL(origin).host} did not send all of its answer in time`;
  for (const read of ["arrayBuffer", "blob", "bytes", "formData", "json", "text"] as const) {
    const response = await client.get("a");
    expect(await rejection(response.clone()[read]())).toMatchObject({ code: "timeout", message });
    expect(await rejection(response[read]())).toMatchObject({ code: "timeout", message });
  }
});

test("F46 an answer that breaks off is an error of ours, however it is read", async () => {
  const { client, origin } = await clientOf((response) => {
    response
      .writeHead(200, { "content-length": "100", "content-type": "multipart/form-data; boundary=a" })
      .write("--a");
    setImmediate(() => response.destroy());
  });
  const { host } = new URL(origin);
  for (const read of ["arrayBuffer", "blob", "bytes", "formData", "json", "text"] as const) {
    const wanted = { code: "network", message: expect.stringContaining(host) as string };
    expect(await rejection(client.get("a")[read]())).toMatchObject(wanted);
    expect(await rejection((await client.get("a"))[read]())).toMatchObject(wanted);
    expect(await rejection((await client.get("a")).clone()[read]())).toMatchObject(wanted);
  }
});

test("I1 an answer that is not as a schema says is told by its place, and not shown", async () => {
  const { client } = await clientOf((response) => response.end('{"user":{"api_key":"canary"}}'));
  const schema = object({ user: object({ api_key: number() }) });
  const error = await rejection(client.get("a").json(schema));
  expect(error).toMatchObject({
    code: "bad_response",
    message: 'the API\'s answer is not as the schema says, at "user.api_key"',
  });
  expect(inspect(error, { depth: 9, showHidden: true }) + JSON.stringify(error)).not.toContain("canary");
  expect(await client.get("a").json(object({ user: object({ api_key: string() }) }))).toEqual({
    user: { api_key: "canary" },
  });
});

test("what a schema itself throws comes out as it is", async () => {
  const { client } = await clientOf((response) => response.end('{"id":1}'));
  const thrown = new SyntaxError("the schema's own");
  const schema = pipe(
    object({ id: number() }),
    check(() => {
      throw thrown;
    }),
  );
  expect(await failure(client.get("a").json(schema))).toBe(thrown);
});

test("F49 a fetch that throws at once leaves no timer behind", async () => {
  const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
  const thrown = new Error("at once");
  const fetch = (): never => {
    throw thrown;
  };
  const client = createClient({ baseUrl: "https://api.example.com", source, fetch, ky: { retry: 0 } });
  const before = timers();
  expect(await failure(client.get("a"))).toBe(thrown);
  expect(timers()).toBe(before);
});

test("F49 a fetch that heeds no signal is given up in time too", async () => {
  const fetch = (): Promise<Response> => new Promise(() => undefined);
  const client = createClient({ baseUrl: "https://api.example.com", source, fetch, ky: { timeout: 100, retry: 0 } });
  expect(await rejection(client.get("a"))).toMatchObject({ code: "timeout" });
});

test("a person may take longer to sign in than an API to answer", async () => {
  const slow: TokenSource = {
    getToken: async () => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      return accessToken({ value: "canary-token" });
    },
  };
  const { client } = await clientOf((response) => response.end("{}"), { source: slow, ky: { timeout: 100 } });
  expect(await client.get("a").json()).toEqual({});
  expect(await failure(client.get("a", { signal: AbortSignal.timeout(100) }))).toMatchObject({
    name: "TimeoutError",
  });
});

test("F44 an API that is not there, or hangs up, is named, with the reason", async () => {
  const { client, origin } = await clientOf((response) => response.destroy());
  const { host } = new URL(origin);
  expect(await rejection(client.get("a?canary"))).toMatchObject({
    code: "network",
    message: expect.stringContaining(`${host} cannot be reached`),
    retryable: true,
  });
  const nowhere = createClient({ baseUrl: "http://127.0.0.1:1", source, ky: { retry: 0 } });
  expect(await rejection(nowhere.get("a"))).toMatchObject({ code: "network" });
});

test("F51 a web page in place of JSON is told as one, and not shown", async () => {
  const page = await clientOf((response) =>
    response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end("<p>canary"),
  );
  const { host } = new URL(page.origin);
  expect(await rejection(page.client.get("a").json())).toMatchObject({
    code: "bad_response",
    message: `${host} answered with a web page; captive portal or wrong URL?`,
  });
  const response = await page.client.get("a");
  expect(await rejection(response.json())).toMatchObject({ code: "bad_response" });
});

test("what is no JSON is not shown, and nothing at all is for 204 alone", async () => {
  for (const body of ['{"a":canary', "canary", ""]) {
    const { client } = await clientOf((response) => response.end(body));
    expect(await rejection(client.get("a").json())).toMatchObject({
      code: "bad_response",
      message: expect.stringContaining("did not answer with JSON"),
    });
  }
  const { client } = await clientOf((response) => response.writeHead(204).end());
  expect(await client.delete("a").json()).toBeUndefined();
});

test("an answer that breaks off is named, with the reason", async () => {
  const { client } = await clientOf((response) =>
    response.writeHead(200, { "content-length": 1000 }).write('{"canary":1', () => response.destroy()),
  );
  expect(await rejection(client.get("a").json())).toMatchObject({ code: "network" });
  expect(await rejection((await client.get("a")).text())).toMatchObject({ code: "network" });
});

test("4.4-60 what unpacks to more than is allowed is given up, but a caller's own reading is not", async () => {
  const bomb = gzipSync(Buffer.alloc(1_000_001, "0"));
  expect(bomb.length).toBeLessThan(2000);
  const pack = (response: ServerResponse): unknown => response.writeHead(200, { "content-encoding": "gzip" }).end(bomb);
  const { client } = await clientOf(pack, { maxTextBytes: 1_000_000 });
  const ways: readonly (() => Promise<unknown>)[] = [
    () => client.get("a").json(),
    () => client.get("a").text(),
    async () => await (await client.get("a")).json(),
  ];
  for (const read of ways) {
    expect(await rejection(read())).toMatchObject({
      code: "bad_response",
      message: expect.stringContaining("answered with more than 1000000 bytes"),
    });
  }
  expect((await client.get("a").arrayBuffer()).byteLength).toBe(1_000_001);
  const larger = await clientOf(pack, { maxTextBytes: 1_000_001 });
  expect(await larger.client.get("a").text()).toHaveLength(1_000_001);
});

test("4.4-60 what is given up is not downloaded any further: the server sees the connection closed", async () => {
  const closings: Promise<unknown>[] = [];
  const endless = (response: ServerResponse): void => {
    closings.push(once(response, "close"));
    response.writeHead(200, { "content-encoding": "gzip" });
    const gzip = createGzip();
    Readable.from(zeros()).pipe(gzip).pipe(response);
  };
  // What is held is not given up by the garbage collector.
  const answers: Response[] = [];
  const holding: typeof fetch = async (...call) => {
    const answer = await fetch(...call);
    answers.push(answer);
    return answer;
  };
  const { client } = await clientOf(endless, { maxTextBytes: 1_000_000, fetch: holding });
  for (const read of [() => client.get("a").json(), () => client.get("a").text()]) {
    expect(await rejection(read())).toMatchObject({ code: "bad_response" });
    await closings.at(-1);
  }
  expect([answers.length, closings.length]).toEqual([2, 2]);
});

function* zeros(): Generator<Buffer> {
  for (;;) yield Buffer.alloc(64 * 1024);
}

test("text in many pieces is read whole, whatever its letters", async () => {
  const bytes = Buffer.from(JSON.stringify("Grüße 🦄 ".repeat(1000)));
  const { client } = await clientOf(async (response) => {
    for (const byte of bytes.subarray(0, 20)) await new Promise((resolve) => response.write(Buffer.of(byte), resolve));
    response.end(bytes.subarray(20));
  });
  expect(await client.get("a").json()).toBe("Grüße 🦄 ".repeat(1000));

  const half = await clientOf((response) => response.end(Buffer.of(0x61, 0xc3)));
  expect(await half.client.get("a").text()).toBe("a\ufffd");
});

test("a caller's own hooks see what ky says, before it becomes ours", async () => {
  const seen: unknown[] = [];
  const { client } = await clientOf((response) => response.writeHead(500).end(), {
    ky: { hooks: { beforeError: [({ error }) => (seen.push(error), error)] } },
  });
  const error = await rejection(client.get("a"));
  expect(seen.map(isHTTPError)).toEqual([true]);
  expect(error).toMatchObject({ name: "ApiError", status: 500 });

  const own = new Error("mine");
  const other = await clientOf((response) => response.writeHead(500).end(), {
    ky: { hooks: { beforeError: [() => own] } },
  });
  expect(await failure(other.client.get("a"))).toBe(own);
});

test("a hook that wants one try more than there are gets an error of ours", async () => {
  const { client } = await clientOf((response) => response.end(), {
    ky: { retry: { limit: 1, delay: () => 0 }, hooks: { afterResponse: [() => ky.retry({ code: "CANARY" })] } },
  });
  const error = await rejection(client.get("a"));
  expect(error).toMatchObject({ code: "server_error", message: expect.stringContaining("as often as it may be") });
});

test("the reason of an abort comes through as it is", async () => {
  const api = await recordingServer();
  const error = await failure(createClient({ baseUrl: api.origin, source }).get("a", { signal: AbortSignal.abort() }));
  expect(isAuthError(error)).toBe(false);
  expect(error).toMatchObject({ name: "AbortError" });
});
