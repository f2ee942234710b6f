import { inspect } from "node:util";
import { expect, test } from "vitest";
import { startApiKeys, startProtectedApi, type LoopbackServer } from "../src/index.ts";
import { authServer, recordingServer } from "./by-hand.ts";

async function eachServer(): Promise<readonly LoopbackServer[]> {
  const server = await authServer();
  const { introspect } = server;
  return [server, await startProtectedApi({ introspect }), await startApiKeys({ introspect }), await recordingServer()];
}

test("every kind of server records a request in the same shape, all of it", async () => {
  for (const server of await eachServer()) {
    await fetch(`${server.origin}/a/b?c=d&e`, {
      method: "POST",
      headers: { authorization: "Bearer CANARY", "X-Mine": "CANARY" },
      body: new URLSearchParams({ grant_type: "password", password: "CANARY" }),
    });
    await fetch(`${server.origin}/a`);
    const [post, get] = server.requests;
    expect(post).toMatchObject({
      method: "POST",
      path: "/a/b",
      fieldNames: ["grant_type", "password"],
      grantType: "password",
      hasAuthorization: true,
      target: "/a/b?c=d&e",
      headers: { authorization: "Bearer CANARY", "x-mine": "CANARY" },
      body: "grant_type=password&password=CANARY",
    });
    expect(post?.raw).toMatch(
      /^POST \/a\/b\?c=d&e HTTP\/1\.1\r\n(.+: .*\r\n)+\r\ngrant_type=password&password=CANARY$/,
    );
    expect(post?.raw).toMatch(/^x-mine: CANARY\r$/im);
    expect(get).toMatchObject({ method: "GET", path: "/a", fieldNames: [], hasAuthorization: false, body: "" });
    expect(get?.grantType).toBeUndefined();
    await server.close();
  }
});

test("printing a request shows no secret of it, nor does copying it", async () => {
  const server = await recordingServer();
  await fetch(`${server.origin}/a?key=CANARY`, {
    method: "POST",
    headers: { authorization: "CANARY" },
    body: "CANARY",
  });
  const { requests } = server;
  const printed = [JSON.stringify(requests), inspect(requests, { depth: 9 }), String(requests), { ...requests[0] }];
  expect(inspect(printed)).not.toContain("CANARY");
  expect(printed[0]).toContain('"method":"POST","path":"/a"');
});

test.for([
  ["application/json", '{"grant_type":"a","b":1}', ["grant_type", "b"]],
  ["application/json; charset=utf-8", '{"b":[1,2]}', ["b"]],
  ["application/json", '["a"]', []],
  ["application/json", "null", []],
  ["application/json", "{", []],
  ["text/plain", "a=b", []],
] as const)("the fields of %s %s have their names recorded", async ([type, body, names]) => {
  const server = await recordingServer();
  await fetch(server.origin, { method: "POST", headers: { "content-type": type }, body });
  expect(server.requests[0]?.fieldNames).toEqual(names);
  expect(server.requests[0]?.grantType).toBe(names[0] === "grant_type" ? "a" : undefined);
});
