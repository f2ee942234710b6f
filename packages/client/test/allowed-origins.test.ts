import { accessToken, fixed } from "@org/auth-core";
import { expect, test } from "vitest";
import { authorizedFetch, createClient } from "../src/index.ts";
import { numberedSource, recordingServer } from "./surroundings.ts";

const source = fixed(accessToken({ value: "canary-token" }));

test("4.4-55 B.6-5 a request to another port gets no token, and none is asked for", async () => {
  const api = await recordingServer();
  const sink = await recordingServer();
  const numbered = numberedSource();
  const fetch = authorizedFetch(numbered, { origins: [api.origin] });
  await fetch(`${sink.origin}/a`, { method: "POST", body: "text", headers: { "x-mine": "1" } });
  expect(sink.requests).toMatchObject([{ method: "POST", target: "/a", body: "text", headers: { "x-mine": "1" } }]);
  expect(sink.requests.map(({ raw }) => raw).join()).not.toContain("canary");
  expect(numbered.calls).toEqual([]);
});

test("4.4-56 only the very origin gets the token, however an address is written", async () => {
  const seen = new Map<string, boolean>();
  const fetch = authorizedFetch(source, {
    origins: ["http://127.0.0.1:4000/v1", "https://api.example.com"],
    fetch: async (input, init) => {
      const url = input instanceof Request ? input.url : String(input);
      seen.set(url, new Headers(init?.headers).has("authorization"));
      return new Response();
    },
  });
  const foreign = [
    "http://api.example.com/",
    "https://api.example.com:8443/",
    "https://api.example.com./",
    "https://evil.api.example.com/",
    "https://api.example.com.evil.test/",
    "https://api.example.com。evil.test/",
    "https://api.example.com@evil.test/",
    "https://xn--pi-7ka.example.com/",
    "https://аpi.example.com/",
    "http://127.0.0.1:4001/",
    "http://127.0.0.1/",
    "https://127.0.0.1:4000/",
    "http://localhost:4000/",
    "http://[::1]:4000/",
    "http://[::ffff:127.0.0.1]:4000/",
    "http://127.0.0.2:4000/",
    "http://①27.0.0.2:4000/",
  ];
  for (const url of foreign) {
    if (url.includes("@")) await expect(fetch(url)).rejects.toBeInstanceOf(TypeError);
    else await fetch(url);
  }
  expect([...seen.values()].filter((hasToken) => hasToken)).toEqual([]);
  const addresses = foreign.filter((url) => !url.includes("@")).map((url) => new URL(url).href);
  expect([...seen.keys()]).toEqual([...new Set(addresses)]);

  seen.clear();
  const own = [
    "https://API.example.com:443/",
    "https://ａpi.example.com/x",
    "http://0x7f.1:4000/",
    "http://127.1:4000",
  ];
  for (const url of own) await fetch(url);
  expect([...seen]).toEqual([
    ["https://api.example.com/", true],
    ["https://api.example.com/x", true],
    ["http://127.0.0.1:4000/", true],
  ]);
});

test("4.4-56 what only names the origin of an API gets no token: a blob: of it", async () => {
  const sent: (string | null)[] = [];
  const numbered = numberedSource();
  const fetch = authorizedFetch(numbered, {
    origins: ["https://api.example.com"],
    fetch: async (_input, init) => {
      sent.push(new Headers(init?.headers).get("authorization"));
      return new Response();
    },
  });
  const address = "blob:https://api.example.com/2c54c3f6";
  expect(new URL(address).origin).toBe("https://api.example.com");
  await fetch(address);
  await fetch(new URL(address));
  expect(sent).toEqual([null, null]);
  expect(numbered.calls).toEqual([]);
});

test("4.4-55 4.4-56 B.6-5 no path leads a client to another host with the token", async () => {
  const api = await recordingServer();
  const sink = await recordingServer();
  const host = new URL(sink.origin).host;
  const client = createClient({ baseUrl: `${api.origin}/v1`, source });
  for (const path of [`${sink.origin}/a`, `//${host}/a`, `/\\${host}/a`, `\\\\${host}/a`, `\t//${host}/a`])
    await client.get(path);
  expect(sink.requests).toHaveLength(5);
  expect(sink.requests.map(({ raw }) => raw).join()).not.toContain("canary");
  expect(api.requests).toEqual([]);

  await client.get(`..%2f..%2f${host}`);
  await client.get(new URL(`${api.origin}/elsewhere`));
  expect(api.requests.map(({ target, headers }) => [target, headers.authorization])).toEqual([
    [`/v1/..%2f..%2f${host}`, "Bearer canary-token"],
    ["/elsewhere", "Bearer canary-token"],
  ]);
});

test("a client's further origins get the token too", async () => {
  const api = await recordingServer();
  const files = await recordingServer();
  const client = createClient({ baseUrl: api.origin, origins: [files.origin], source });
  await client.get("a");
  await client.get(`${files.origin}/b`);
  for (const { requests } of [api, files])
    expect(requests).toMatchObject([{ headers: { authorization: "Bearer canary-token" } }]);
});

test("where no origin is allowed no token is asked for", async () => {
  const api = await recordingServer();
  const numbered = numberedSource();
  await authorizedFetch(numbered, { origins: [] })(api.origin);
  expect(api.requests[0]?.headers.authorization).toBeUndefined();
  expect(numbered.calls).toEqual([]);
});
