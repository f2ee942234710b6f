import { accessToken, fixed, type TokenSource } from "@org/auth-core";
import { setImmediate as nextTurn } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { StandardSchemaV1 } from "ky";
import { expect, test } from "vitest";
import { authorizedFetch, createClient, replayable, type Client, type ClientOptions } from "../src/index.ts";
import { failure, recordingServer, rejection, scriptedServer, type ScriptedServer } from "./surroundings.ts";

const source = fixed(accessToken({ value: "canary-token" }));

async function clientAndApi(options: ClientOptions = {}): Promise<{
  readonly client: Client;
  readonly api: Awaited<ReturnType<typeof recordingServer>>;
}> {
  const api = await recordingServer();
  return { client: createClient({ baseUrl: api.origin, source, ...options }), api };
}

/** An API that answers with parts of a body, and does then what is said. */
async function partsOf(parts: readonly string[], end: "break" | "end" | "wait"): Promise<ScriptedServer> {
  return await scriptedServer((_request, response) => {
    response.writeHead(200, { "content-length": String(end === "end" ? parts.join("").length : 1000) });
    for (const part of parts) response.write(part);
    if (end === "end") response.end();
    if (end === "break") setImmediate(() => response.destroy());
  });
}

test("one stream that can be opened again is good for many requests", async () => {
  const { client, api } = await clientAndApi();
  const body = replayable(() => new Blob(["canary-body"]).stream());
  for (let count = 0; count < 3; count++) await client.post("a", { body });
  expect(api.requests.map((request) => request.body)).toEqual(Array(3).fill("canary-body"));
});

test("what a request has for a body takes the place of the one that its client would send", async () => {
  const { client, api } = await clientAndApi();
  for (const first of [new Blob(["first"]), replayable(() => new Blob(["first"]).stream())]) {
    const extended = client.extend({ body: first, method: "post" });
    await extended.post("a");
    await extended.post("a", { body: "own" });
    await extended.post("a", { body: new Blob(["blob"]) });
    await extended.post("a", {
      body: new ReadableStream({
        start: (stream) => {
          stream.enqueue(new TextEncoder().encode("stream"));
          stream.close();
        },
      }),
    });
    expect(api.requests.slice(-4).map((request) => request.body)).toEqual(["first", "own", "blob", "stream"]);
  }
});

test.for([
  ["a file", new Blob(["first"])],
  ["a stream", replayable(() => new Blob(["first"]).stream())],
] as const)("the request that a hook makes in place of one with %s has its own body", async ([, body]) => {
  const { client, api } = await clientAndApi();
  const other = (): Request => new Request(`${api.origin}/other`, { method: "POST", body: "other" });
  await client.post("a", { body, hooks: { beforeRequest: [other] } });
  expect(api.requests.at(-1)).toMatchObject({ target: "/other", body: "other" });

  let answers = 0;
  const again = client.extend({
    hooks: { afterResponse: [() => (answers++ === 0 ? client.retry({ request: other() }) : undefined)] },
  });
  if (body instanceof Blob) await again.post("a", { body, retry: 1 });
  else return;
  expect(api.requests.slice(-2)).toMatchObject([
    { target: "/a", body: "first" },
    { target: "/other", body: "other" },
  ]);
});

test("the progress of a download is told, and it is read within the same limits", async () => {
  const api = await partsOf(["abc", "defg"], "end");
  const told: number[][] = [];
  const client = createClient({ baseUrl: api.origin, source, ky: { retry: 0, timeout: 200 }, maxTextBytes: 7 });
  const text = await client
    .get("a", {
      onDownloadProgress: ({ percent, transferredBytes, totalBytes }) =>
        told.push([percent, transferredBytes, totalBytes]),
    })
    .text();
  expect(text).toBe("abcdefg");
  expect(told.at(-1)).toEqual([1, 7, 7]);
  expect(told.slice(0, -1).every(([percent = 1]) => percent < 1)).toBe(true);

  const onDownloadProgress = (): undefined => undefined;
  const broken = await partsOf(["abc"], "break");
  const hanging = await partsOf(["abc"], "wait");
  const long = await partsOf(["abcdefgh"], "end");
  for (const [{ origin }, code] of [
    [broken, "network"],
    [hanging, "timeout"],
    [long, "bad_response"],
  ] as const) {
    const { host } = new URL(origin);
    const expected = { code, message: expect.stringContaining(host) as string };
    expect(await rejection(client.get(`${origin}/a`, { onDownloadProgress }).text())).toMatchObject(expected);
    const response = await client.extend({ onDownloadProgress }).get(`${origin}/a`);
    expect(response.url).toBe(`${origin}/a`);
    expect(await rejection(response.json())).toMatchObject(expected);
  }
});

test("a signal ends the wait for a source that does not heed it", async () => {
  const { promise: isAsked, resolve: ask } = Promise.withResolvers<undefined>();
  const deaf: TokenSource = {
    getToken: () => {
      ask(undefined);
      return new Promise(() => undefined);
    },
  };
  const { client, api } = await clientAndApi({ source: deaf });
  const controller = new AbortController();
  const sent = failure(client.get("a", { signal: controller.signal }));
  await isAsked;
  const reason = new Error("mine");
  controller.abort(reason);
  expect(await sent).toBe(reason);
  expect(api.requests).toEqual([]);
});

test("a caller gives up while a body is being read by whichever method, also long after it began", async () => {
  setFlagsFromString("--expose-gc");
  const collectGarbage = runInNewContext("gc") as () => void;
  const hanging = await partsOf(["abc"], "wait");
  const client = createClient({ baseUrl: hanging.origin, source, ky: { retry: 0, timeout: false } });
  const reads = {
    text: (response: Response) => response.text(),
    json: (response: Response) => response.json(),
    blob: (response: Response) => response.blob(),
    clone: (response: Response) => response.clone().text(),
    body: async (response: Response) => await response.body?.pipeTo(new WritableStream()),
  };
  for (const [name, read] of Object.entries(reads)) {
    const controller = new AbortController();
    const reading = failure(read(await client.get("a", { signal: controller.signal })));
    for (let round = 0; round < 5; round++) {
      collectGarbage();
      await nextTurn();
    }
    const reason = new Error("enough");
    controller.abort(reason);
    expect([name, await reading]).toEqual([name, reason]);
  }
});

test("a fetch that answers at once, and looks at its signal, is as good as any", async () => {
  const given: (RequestInit | undefined)[] = [];
  const fetch = ((_input: unknown, init?: RequestInit) => {
    given.push(init);
    return new Response("{}");
  }) as unknown as typeof globalThis.fetch;
  const client = createClient({ baseUrl: "https://api.example.com", source, fetch });
  expect(await client.get("a").json()).toEqual({});
  expect(await client.get("a", { timeout: false }).json()).toEqual({});
  const send = authorizedFetch(source, { origins: ["https://api.example.com"], fetch });
  expect(await (await send("https://api.example.com/a")).json()).toEqual({});
  expect(given.at(-1)).not.toHaveProperty("signal");
  // A signal that the caller has detached is none.
  const detached = new Request("https://api.example.com/a", { signal: AbortSignal.abort() });
  expect(await (await send(detached, { signal: null })).json()).toEqual({});
});

test("the answer that a hook makes is parsed as any other", async () => {
  const { client } = await clientAndApi();
  const answered = (text: string | null, status: number): Client =>
    client.extend({ hooks: { beforeRequest: [() => new Response(text, { status })] } });
  const error = await rejection(answered("canary text", 200).get("a").json());
  expect(error).toMatchObject({ code: "bad_response" });
  expect(error.message).not.toContain("canary");
  expect(await answered(null, 204).get("a").json()).toBeUndefined();
});

test("what a parser or a schema of the caller's throws comes out as it is, also where the schema is none", async () => {
  const { client } = await clientAndApi();
  const thrown = new SyntaxError("mine");
  const parseJson = (): never => {
    throw thrown;
  };
  expect(await failure(client.get("a", { parseJson }).json())).toBe(thrown);
  const noSchema = {} as unknown as StandardSchemaV1;
  expect(await failure(client.get("a").json(noSchema))).toBeInstanceOf(TypeError);
  const nowhere = createClient({ baseUrl: "http://127.0.0.1:1", source, ky: { retry: 0 } });
  expect(await rejection(nowhere.get("a").json(noSchema))).toMatchObject({ code: "network" });
});

test("what extends a client by all of its options keeps its limit of time", async () => {
  const hanging = await scriptedServer(() => undefined);
  const limits: unknown[] = [];
  const client = createClient({ baseUrl: hanging.origin, source, ky: { retry: 0 } });
  const shorter = client.extend((parent) => {
    limits.push(parent.timeout);
    return { ...parent, timeout: Number(parent.timeout) / 100 };
  });
  expect(await rejection(shorter.get("a"))).toMatchObject({ code: "timeout" });
  expect(limits).toEqual([10_000]);
});

test("a client makes no instance of ky alone, whose requests would go without credentials", async () => {
  const { client } = await clientAndApi();
  const { create } = client as unknown as { readonly create: () => unknown };
  expect(create).toThrow(new TypeError("createClient makes another client"));
});

test("a base URL with a query or a fragment is wrong use", () => {
  for (const baseUrl of ["https://api.example.com/v1?tenant=a", "https://api.example.com/#a"]) {
    expect(() => createClient({ baseUrl, source })).toThrow(TypeError);
  }
});

test("B.1-32 a source that knows who has signed in is asked once, and again after a failure", async () => {
  let asked = 0;
  const named: NonNullable<ClientOptions["source"]> = {
    getToken: (options) => source.getToken(options),
    getAccount: async () => {
      await Promise.resolve();
      if (asked++ === 0) throw new Error("mine");
      return { subject: "s-1" };
    },
  };
  const { client } = await clientAndApi({ source: named });
  expect(await failure(client.account())).toMatchObject({ message: "mine" });
  const accounts = await Promise.all([client.account(), client.account(), client.extend({}).account()]);
  expect([accounts, asked]).toEqual([Array(3).fill({ subject: "s-1" }), 2]);
});
