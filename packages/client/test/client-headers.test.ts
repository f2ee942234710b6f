import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import os from "node:os";
import type { OutgoingHttpHeaders } from "node:http";
import { join } from "node:path";
import { accessToken, fixed } from "@org/auth-core";
import { expect, onTestFinished, test, vi } from "vitest";
import { createClient, defineClient, type ClientOptions } from "../src/index.ts";
import { defaultProduct, trust } from "../src/source.ts";
import { recordingServer, scriptedServer, tempFolder } from "./surroundings.ts";

const source = fixed(accessToken({ value: "canary-token" }));

/** The headers of a request by a client with these options. */
async function sentBy(
  options: ClientOptions,
  headers: Readonly<Record<string, string>> = {},
): Promise<OutgoingHttpHeaders> {
  const api = await recordingServer();
  await createClient({ baseUrl: api.origin, source, ...options }).get("a", { headers });
  return api.requests[0]?.headers ?? {};
}

/** Settings are read where the caller brings no source of its own. */
function byEnvironment(variables: Readonly<Record<string, string>>): ClientOptions {
  return {
    source: undefined,
    folder: false,
    env: { HOME: tempFolder(), ORG_AUTH_API_KEY: "canary-key", ...variables },
  };
}

test("B.1-29 a client says who it is: by an option, else by its product's name", async () => {
  const product = { name: "acme", envPrefix: "ACME_" };
  expect(await sentBy({})).toMatchObject({ "user-agent": "org-auth" });
  expect(await sentBy({ product })).toMatchObject({ "user-agent": "acme" });
  expect(await sentBy({ product: { ...product, userAgent: "acme/1.2" } })).toMatchObject({ "user-agent": "acme/1.2" });
  expect(await sentBy({ product, userAgent: "mine/3" })).toMatchObject({ "user-agent": "mine/3" });
  expect(await sentBy({ userAgent: "mine/3" }, { "User-Agent": "own" })).toMatchObject({ "user-agent": "own" });
});

test("B.1-29 the API's version is said where it is set: by an option, else by the settings", async () => {
  expect(await sentBy({})).not.toHaveProperty("api-version");
  expect(await sentBy({ apiVersion: "2023.01.01" })).toMatchObject({ "api-version": "2023.01.01" });
  const settings = byEnvironment({ ORG_AUTH_API_VERSION: "2024.02.02" });
  expect(await sentBy(settings)).toMatchObject({ "api-version": "2024.02.02" });
  expect(await sentBy({ ...settings, apiVersion: "2023.01.01" })).toMatchObject({ "api-version": "2023.01.01" });
});

test("2.3 what a client says of itself does not go to the API of a .env file's own key, until that file is trusted", async () => {
  const api = await recordingServer();
  const folder = tempFolder();
  const path = join(folder, ".env");
  writeFileSync(path, `ORG_AUTH_API_KEY=test-only\nORG_AUTH_API_URL=${api.origin}\n`);
  const env = { HOME: tempFolder(), ORG_AUTH_EXTRA_HEADERS: '{"X-Gate":"canary-gate"}' };
  const options = { folder, env, extraHeaders: { "X-Team": "canary-team" }, clientHostname: "plain" } as const;
  await createClient(options).get("a");
  expect(api.requests[0]?.headers).toMatchObject({ authorization: "Bearer test-only", "user-agent": "org-auth" });
  expect(Object.keys(api.requests[0]?.headers ?? {})).not.toContain("x-client-hostname");
  expect(JSON.stringify(api.requests)).not.toContain("canary");

  await trust(path, defaultProduct, env);
  await createClient(options).get("a");
  expect(api.requests[1]?.headers).toMatchObject({ "x-gate": "canary-gate", "x-team": "canary-team" });
  expect(api.requests[1]?.headers).toHaveProperty("x-client-hostname");
});

test("B.1-31 extra headers of an option or of the settings never take the place of others", async () => {
  const settings = byEnvironment({
    ORG_AUTH_API_VERSION: "2024.02.02",
    ORG_AUTH_EXTRA_HEADERS: '{"X-Team":"blue","X-Trace":"settings","Api-Version":"1","user-agent":"none"}',
  });
  const options = { ...settings, extraHeaders: { "x-trace": "option", "x-own": "option", "X-More": "option" } };
  expect(await sentBy(options, { "X-Own": "request" })).toMatchObject({
    "x-team": "blue",
    "x-trace": "option",
    "x-own": "request",
    "x-more": "option",
    "api-version": "2024.02.02",
    "user-agent": "org-auth",
    authorization: "Bearer canary-key",
  });
});

test("B.1-31 what can be no extra header is wrong use, and is not shown", () => {
  for (const extraHeaders of [
    { Authorization: "canary" },
    { cookie: "canary" },
    { "x y": "canary" },
    { "x-a": "canary\r\nx-b: c" },
  ]) {
    const make = (): unknown => createClient({ baseUrl: "https://api.example.com", source, extraHeaders });
    expect(make).toThrow(TypeError);
    expect(make).not.toThrow(/canary/);
  }
  for (const options of [{ userAgent: "a\nb" }, { apiVersion: "\u00e9" }])
    expect(() => createClient({ baseUrl: "https://api.example.com", source, ...options })).toThrow(TypeError);
});

test("B.1-31 4.4-52 what a client says of itself goes to its API alone", async () => {
  const [sink, elsewhere] = [await recordingServer(), await recordingServer()];
  const api = await scriptedServer((_request, response) =>
    response.writeHead(302, { location: `${elsewhere.origin}/a` }).end(),
  );
  for (const auth of ["required", "none"] as const) {
    const client = createClient({
      baseUrl: api.origin,
      source,
      auth,
      apiVersion: "1",
      userAgent: "canary-agent",
      extraHeaders: { "x-team": "canary" },
      clientHostname: "plain",
    });
    await client.get("a");
    await client.get(`${sink.origin}/a`);
  }
  expect(api.requests.map(({ headers }) => headers["x-team"])).toEqual(["canary", "canary"]);
  for (const { requests } of [sink, elsewhere]) {
    expect(requests).toHaveLength(2);
    expect(requests.map(({ raw }) => raw).join()).not.toMatch(/canary|api-version|hostname/i);
  }
});

test("B.1-33 the machine's name is sent where that is asked for, as it is or as a hash of it", async () => {
  const named = vi.spyOn(os, "hostname").mockReturnValue("test-hostname.local");
  syncBuiltinESMExports();
  onTestFinished(() => {
    named.mockRestore();
    syncBuiltinESMExports();
  });
  expect(await sentBy({})).not.toHaveProperty("x-client-hostname");
  expect(await sentBy({ clientHostname: "plain" })).toMatchObject({ "x-client-hostname": "test-hostname" });
  const hash = createHash("sha256").update("hostname:test-hostname").digest().subarray(0, 16).toString("base64url");
  expect(await sentBy({ clientHostname: "hashed" })).toMatchObject({ "x-client-hostname": hash });
  expect(hash).toMatch(/^[\w-]{22}$/);
});

const versions: readonly (readonly [own: string | undefined, least: string, isOld: boolean])[] = [
  ["2023.01.01", "2023.02.01", true],
  ["2023.01.01", "2023.1.2", true],
  ["2023.9.1", "2023.10.01", true],
  ["1", "1.0.1", true],
  ["2023.01.01", "2023.1.1", false],
  ["2023.1.1", "2023.01.01", false],
  ["2023.01.01", "2022.12.31", false],
  ["1.0", "1", false],
  ["2", "1.9.9", false],
  ["2023.01.01", "", false],
  ["2023.01.01", "soon", false],
  ["2023.01.01", "2024-01-01", false],
  ["2023.01.01", "9".repeat(20), false],
  ["v1", "2", false],
  [undefined, "2023.02.01", false],
];

test.for(versions)(
  "B.1-30 a client of version %s is told of the least that is served, %s: %s",
  async ([apiVersion, least, isOld]) => {
    const api = await scriptedServer((_request, response) => response.setHeader("min-api-version", least).end());
    const warnings: string[] = [];
    const client = createClient({ baseUrl: api.origin, source, apiVersion, onWarning: (text) => warnings.push(text) });
    for (const path of ["a", "b"]) await client.get(path);
    const { host } = new URL(api.origin);
    const warning = `this client speaks version ${apiVersion ?? ""} of the API, and ${host} serves ${least} and later: update the client`;
    expect(warnings).toEqual(isOld ? [warning] : []);
  },
);

test("B.1-30 only the client's own API is listened to, and nobody has to listen", async () => {
  const other = await scriptedServer((_request, response) => response.setHeader("min-api-version", "9").end());
  const api = await recordingServer();
  const warnings: string[] = [];
  const client = createClient({
    baseUrl: api.origin,
    source,
    apiVersion: "1",
    onWarning: (text) => warnings.push(text),
  });
  await client.get(other.origin);
  expect(warnings).toEqual([]);
  await createClient({ baseUrl: other.origin, source, apiVersion: "1" }).get("a");
});

test("B.1-34 B.1-42 a product's package makes clients with defaults of its own, each of which an option can replace", async () => {
  const [api, other] = [await recordingServer(), await recordingServer()];
  const client = defineClient({
    baseUrl: `${api.origin}/v1`,
    source,
    userAgent: "acme/1",
    apiVersion: "2023.01.01",
    extraHeaders: { "x-a": "product", "x-b": "product" },
  });
  await client().get("a");
  await client({ userAgent: undefined, apiVersion: "2", extraHeaders: { "x-b": "option" } }).get("a");
  await client({ baseUrl: other.origin }).get("a");
  expect(
    [...api.requests, ...other.requests].map(({ target, headers }) => [
      target,
      headers["user-agent"],
      headers["api-version"],
      headers["x-a"],
      headers["x-b"],
      headers.authorization,
    ]),
  ).toEqual([
    ["/v1/a", "acme/1", "2023.01.01", "product", "product", "Bearer canary-token"],
    ["/v1/a", "acme/1", "2", "product", "option", "Bearer canary-token"],
    ["/a", "acme/1", "2023.01.01", "product", "product", "Bearer canary-token"],
  ]);
});

test("B.1-34 a domain takes the place of a product's base URL, and the other way round", async () => {
  const asked: string[] = [];
  const fetch: typeof globalThis.fetch = async (input) => {
    asked.push(input instanceof Request ? input.url : String(input));
    return Promise.resolve(new Response());
  };
  await defineClient({ baseUrl: "https://a.example/v1", source, fetch })({ domain: "b.example" }).get("x");
  await defineClient({ domain: "b.example", source, fetch })({ baseUrl: "https://a.example/v1" }).get("x");
  expect(asked).toEqual(["https://b.example/x", "https://a.example/v1/x"]);
});
