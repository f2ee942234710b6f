import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createClient, isAuthError } from "@org/auth-client";
import { errorCodes } from "@org/auth-core";
import { fakeTokenSource, headlessPerson, startRecordingServer } from "@org/auth-testing";
import { expect, onTestFinished, test } from "vitest";
import { acme } from "../examples/acme-client.ts";
import { metadataBehind } from "../examples/api-metadata.ts";
import { greet } from "../examples/greet.ts";
import { acmeReports } from "../examples/patient-client.ts";
import { reactionTo } from "../examples/react-to-errors.ts";
import { postForm, postRows, putFile } from "../examples/upload.ts";
import { setUp, tempHome } from "./e2e/org-auth.ts";

// That docs/product-client.md shows the examples as they are is checked with the README's, in readme.test.ts. The one of
// other libraries is run in packages/client/test/other-libraries.test.ts.

const page = readFileSync(join(import.meta.dirname, "../docs/product-client.md"), "utf8");

async function setUpRecording() {
  const api = await startRecordingServer();
  onTestFinished(() => api.close());
  const source = fakeTokenSource();
  return { api, source, client: createClient({ baseUrl: api.origin, source }) };
}

/** What stands in backticks in a text. */
function namesIn(text: string): readonly string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name);
}

/** What stands below a heading. */
function section(heading: string): string {
  return page.split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
}

test("the page's doors export what it says, and the first one nothing of what it says of the second", async () => {
  const doors = {
    "@org/auth-client": await import("@org/auth-client"),
    "@org/auth-client/source": await import("@org/auth-client/source"),
    "@org/auth-client/authorized-fetch": await import("@org/auth-client/authorized-fetch"),
  };
  const [list = ""] = section("Which door exports what").split("\n\nThe first");
  const told = list.split("\n- ").slice(1).map(namesIn);
  expect(told.map(([door]) => door)).toEqual(Object.keys(doors));
  for (const [door = "", ...names] of told) {
    expect(names, door).not.toEqual([]);
    expect(Object.keys(doors[door as keyof typeof doors]), door).toEqual(expect.arrayContaining(names));
  }
  expect(told[1]?.filter((name) => name in doors["@org/auth-client"])).toEqual([]);
  expect(Object.keys(doors["@org/auth-client/authorized-fetch"])).toEqual(told[2]?.slice(1));
});

test("the page's error codes exist", () => {
  const cells = [...section("Errors").matchAll(/^\| (`[^|]+)\|/gm)].map(([, cell = ""]) => cell);
  const codes = cells.flatMap(namesIn);
  expect(codes.length).toBeGreaterThan(15);
  expect(codes.filter((code) => !Object.hasOwn(errorCodes, code))).toEqual([]);
});

test("a product's client is what its package says, and what its users say wins", async () => {
  const { server, api } = await setUp();
  const { clientId, clientSecret } = server.confidentialClient;
  const machine = { ACME_ISSUER: server.issuer, ACME_CLIENT_ID: clientId, ACME_CLIENT_SECRET: clientSecret };
  const env = { HOME: tempHome(), ACME_API_URL: api.baseUrl, ...machine };
  const headersOf = async (client: ReturnType<typeof acme>) =>
    (await client.post("echo").json<{ readonly headers: Readonly<Record<string, string>> }>()).headers;
  expect(await headersOf(acme({ env, folder: false }))).toMatchObject({
    authorization: "Bearer",
    "user-agent": "acme-client/1.4.0",
    "api-version": "2026-11-01",
    "x-acme-language": "en",
  });
  const extraHeaders = { "x-mine": "1" };
  const own = await headersOf(acme({ env, folder: false, apiVersion: "2027-01-01", extraHeaders }));
  expect(own).toMatchObject({ "api-version": "2027-01-01", "x-acme-language": "en", "x-mine": "1" });
});

test("nobody has signed in: the product's client says which command does, and sends nothing", async () => {
  const error: unknown = await acme({ env: { HOME: tempHome() }, folder: false })
    .get("things")
    .catch((error: unknown) => error);
  expect(error).toMatchObject({ code: "no_credential" });
  expect(reactionTo(error)).toEqual({ say: expect.stringContaining("`acme login --site prod`"), exitStatus: 77 });
});

test("what the page says is sent three times is, and all else once", async () => {
  const { api, client } = await setUpRecording();
  const [thrice = "", once = ""] = section("How long a request may take, and how often it is sent")
    .split("\n\n")
    .filter((text) => text.includes("three times at most"))
    .flatMap((text) => text.split("In between"));
  const told = [
    ...namesIn(thrice).map((method) => [method, 3] as const),
    ...namesIn(once.replace("`Retry-After`", "")).map((method) => [method, 1] as const),
  ];
  expect(told.map(([method]) => method)).toEqual(expect.arrayContaining(["GET", "DELETE", "POST", "PATCH"]));
  for (const [method] of told) {
    for (let time = 0; time < 4; time++) api.failNext(`/${method}`, { status: 503, headers: { "retry-after": "0" } });
    await expect(client(method, { method })).rejects.toMatchObject({ code: "server_unavailable" });
  }
  const sent = told.map(({ 0: method }) => [method, api.requests.filter(({ path }) => path === `/${method}`).length]);
  expect(sent).toEqual(told);
});

test("a call is sent as often as the example says, and not once more", async () => {
  const { api, source } = await setUpRecording();
  for (let time = 0; time < 3; time++) api.failNext("/report", { status: 503, headers: { "retry-after": "0" } });
  const reports = acmeReports({ baseUrl: api.origin, source });
  await expect(reports.get("report")).rejects.toMatchObject({ code: "server_unavailable", retryable: true });
  expect(api.requests).toHaveLength(2);
});

test.for([
  [404, {}, { say: "there is no such thing", exitStatus: 1 }],
  [429, {}, { say: expect.stringContaining("try again later"), exitStatus: 75 }],
  [401, {}, { say: expect.stringContaining("please sign in"), exitStatus: 77 }],
  [
    401,
    { "www-authenticate": 'Bearer error="insufficient_user_authentication"' },
    { say: expect.stringContaining("please sign in"), exitStatus: 77 },
  ],
  [
    403,
    { "www-authenticate": 'Bearer error="insufficient_scope", scope="things:write"' },
    { say: expect.stringContaining("please sign in"), exitStatus: 77 },
  ],
  [403, {}, { say: expect.stringContaining("[access_denied]"), exitStatus: 1 }],
] as const)("a program reacts to %i with %j as the page says", async ([status, headers, reaction]) => {
  const { api, client } = await setUpRecording();
  for (let time = 0; time < 2; time++) api.failNext("/thing", { status, headers });
  const error: unknown = await client.post("thing").catch((error: unknown) => error);
  expect(isAuthError(error)).toBe(true);
  expect(reactionTo(error)).toEqual(reaction);
});

test("what is no error of ours is thrown on", () => {
  expect(() => reactionTo(new TypeError("a fault of the program"))).toThrow("a fault of the program");
});

test("each of the page's uploads is sent again, whole, after its token was refused", async () => {
  const { api, client } = await setUpRecording();
  const path = join(tempHome(), "report.csv");
  writeFileSync(path, "a,b\n1,2\n");
  const rows = async function* () {
    yield Buffer.from("a,b\n");
    yield Buffer.from("1,2\n");
  };
  const uploads = [
    ["/echo/file", () => putFile(client, path)],
    ["/echo/form", () => postForm(client, "Figures", path)],
    ["/echo/rows", () => postRows(client, rows)],
  ] as const;
  for (const [name, upload] of uploads) {
    api.failNext(name, { status: 401 });
    await upload();
    const sent = api.requests.filter((request) => request.path === name);
    expect(sent, name).toHaveLength(2);
    for (const { body } of sent) expect(body, name).toContain("a,b\n1,2\n");
    expect(new Set(sent.map(({ headers }) => headers.authorization)).size, name).toBe(2);
  }
});

test("a program greets whoever has signed in", async () => {
  const { server, api, home } = await setUp();
  const person = headlessPerson(server.person);
  const show = async (url: string): Promise<void> => {
    await person.signIn(url);
  };
  const said = await greet(api.baseUrl, {
    issuer: server.issuer,
    clientId: server.nativeClientId,
    env: { HOME: home, ORG_AUTH_STORE: "file" },
    folder: false,
    signIn: { flow: "browser", open: () => false, show },
  });
  expect(said).toMatch(/^Hello, \w[^!]*!$/);
  expect(said).not.toContain("whoever");
  expect(api.requests).toMatchObject([{ path: "/v1/me", hasAuthorization: true }]);
});

test("what an API says of itself is read where it refuses, and only there", async () => {
  const { api, client } = await setUpRecording();
  const metadata = `${api.origin}/.well-known/oauth-protected-resource`;
  const headers = { "www-authenticate": `Bearer resource_metadata="${metadata}"` };
  for (let time = 0; time < 2; time++) api.failNext("/me", { status: 401, headers });
  const resource = `${api.origin}/`;
  const body = JSON.stringify({ resource, authorization_servers: ["https://id.acme.example"] });
  api.failNext("/.well-known/oauth-protected-resource", { status: 200, body });
  expect(await metadataBehind(client, "me")).toEqual({
    resource,
    authorizationServers: ["https://id.acme.example"],
    scopesSupported: [],
  });
  expect(api.requests.map(({ path, hasAuthorization }) => [path, hasAuthorization])).toEqual([
    ["/me", true],
    ["/me", true],
    ["/.well-known/oauth-protected-resource", false],
  ]);
  expect(await metadataBehind(client, "me")).toBeUndefined();
});
