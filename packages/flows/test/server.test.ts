import { expect, test } from "vitest";
import { authorizationServer } from "../src/index.ts";
import { rejection } from "./rejection.ts";
import { scriptedServer, type ScriptedServer } from "./scripted-server.ts";

const openIdPath = "/.well-known/openid-configuration";
const oauthPath = "/.well-known/oauth-authorization-server";

function wire({ issuer }: ScriptedServer, changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    issuer,
    token_endpoint: `${issuer}/token`,
    authorization_endpoint: `${issuer}/authorize`,
    device_authorization_endpoint: `${issuer}/device`,
    revocation_endpoint: `${issuer}/revoke`,
    jwks_uri: `${issuer}/jwks`,
    authorization_response_iss_parameter_supported: true,
    ...changes,
  };
}

test("the metadata at the OpenID path is what is kept", async () => {
  const server = await scriptedServer();
  server.on(openIdPath, { json: wire(server) });
  expect(await authorizationServer(server.issuer)).toEqual(server.metadata);
  expect(server.requests.map(({ path }) => path)).toEqual([openIdPath]);
});

test("where there is nothing at the OpenID path the one of RFC 8414 is asked, the issuer's own path after it", async () => {
  const server = await scriptedServer();
  const issuer = `${server.issuer}/tenant`;
  server.on(`${oauthPath}/tenant`, { json: { issuer, token_endpoint: `${server.issuer}/token` } });
  expect(await authorizationServer(issuer)).toEqual({
    issuer,
    tokenEndpoint: `${server.issuer}/token`,
    issParameterSupported: false,
  });
  expect(server.requests.map(({ path }) => path)).toEqual([`/tenant${openIdPath}`, `${oauthPath}/tenant`]);
});

test("an issuer with metadata nowhere is no issuer", async () => {
  const server = await scriptedServer();
  expect(await rejection(authorizationServer(server.issuer))).toMatchObject({ code: "bad_response" });
});

test("F54 4.1-1 an issuer is compared letter by letter, and nothing more is asked of one that lies", async () => {
  const server = await scriptedServer();
  const { issuer } = server;
  for (const named of [
    `${issuer}/`,
    issuer.replace("http", "HTTP"),
    issuer.replace("http", "https"),
    issuer.replace(/\d+$/, "1"),
    issuer.replace("127.0.0.1", "localhost"),
    issuer.replace("127", "\uff11\uff12\uff17"), // The same host, once it has been normalised.
    "https://id.example.com",
    `${issuer}/x`,
    "",
    1,
    null,
    undefined,
  ]) {
    server.on(openIdPath, { json: wire(server, { issuer: named }) });
    const before = server.requests.length;
    expect(await rejection(authorizationServer(issuer)), String(named)).toMatchObject({ code: "issuer_mismatch" });
    expect(server.requests.slice(before).map(({ path }) => path)).toEqual([openIdPath]);
  }
});

test("4.1-2 4.1-3 4.1-7 no endpoint may be at an insecure address", async () => {
  const server = await scriptedServer();
  const insecure = [
    "http://id.example.com/x",
    "http://127.0.0.1.example.com/x",
    "https://ana@id.example.com/x",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "data:text/html,x",
    "ms-cxh:x",
    "http://id.example.com/$(touch${IFS}x)",
  ];
  const nonsense = [
    ...["-oProxyCommand=x", "/token", "", "https://id.example.com/a b", "https://id.example.com/\n", "`touch x`"],
    ...['"&calc"', "https://\u0430pple.com/", 1, {}],
  ];
  for (const name of [
    "authorization_endpoint",
    "device_authorization_endpoint",
    "revocation_endpoint",
    "jwks_uri",
    "token_endpoint",
  ]) {
    for (const [addresses, code] of [
      [insecure, "insecure_endpoint"],
      [nonsense, "bad_response"],
    ] as const) {
      for (const address of addresses) {
        server.on(openIdPath, { json: wire(server, { [name]: address }) });
        expect(await rejection(authorizationServer(server.issuer)), `${name} ${String(address)}`).toMatchObject({
          code,
        });
      }
    }
  }
});

test("4.1-2 an issuer on the internet cannot name an endpoint on this machine over plain http", async () => {
  const issuer = "https://id.example.com";
  const fetch = (): Promise<Response> =>
    Promise.resolve(Response.json({ issuer, token_endpoint: "http://127.0.0.1:1/token" }));
  expect(await rejection(authorizationServer(issuer, { fetch }))).toMatchObject({ code: "insecure_endpoint" });
});

test("an issuer that is not secure is asked nothing", async () => {
  const fetch = (): Promise<Response> => expect.fail("a request was sent");
  for (const issuer of ["http://id.example.com", "ftp://id.example.com", "https://ana:canary@id.example.com"]) {
    expect(await rejection(authorizationServer(issuer, { fetch })), issuer).toMatchObject({
      code: "insecure_endpoint",
    });
  }
  for (const issuer of ["id.example.com", "", "https://id.example.com?x", "https://id.example.com#x"]) {
    expect(await rejection(authorizationServer(issuer, { fetch })), issuer).toMatchObject({ code: "config_invalid" });
  }
});

test.for([
  ["a list", "[]"],
  ["null", "null"],
  ["a text", '"x"'],
  ["a number", "1"],
  ["no JSON", "{NaN"],
  ["nothing", ""],
  ["no token endpoint", '{"issuer":"ISSUER"}'],
] as const)("4.1-10 metadata that is %s is refused", async ([, text]) => {
  const server = await scriptedServer();
  const body = text.replace("ISSUER", server.issuer);
  server.on(openIdPath, { html: body, headers: { "content-type": "application/json" } });
  expect(await rejection(authorizationServer(server.issuer))).toMatchObject({ code: "bad_response" });
});

test("4.1-8 metadata however deep is read without a fall", async () => {
  const server = await scriptedServer();
  const depth = 100_000;
  const text = JSON.stringify(wire(server)).replace("{", `{"deep":${"[".repeat(depth)}${"]".repeat(depth)},`);
  server.on(openIdPath, { html: text, headers: { "content-type": "application/json" } });
  expect(await authorizationServer(server.issuer)).toEqual(server.metadata);
});

test("4.1-9 names that poison objects are just names", async () => {
  const server = await scriptedServer();
  const text = JSON.stringify(wire(server)).replace(
    "{",
    '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},',
  );
  server.on(openIdPath, { html: text, headers: { "content-type": "application/json" } });
  expect(await authorizationServer(server.issuer)).toEqual(server.metadata);
  expect(Reflect.get({}, "polluted")).toBeUndefined();
});
