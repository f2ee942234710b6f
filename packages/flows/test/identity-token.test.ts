import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { WorkloadIdentity } from "@org/auth-core";
import { expect, onTestFinished, test } from "vitest";
import { mountedIdentityToken, requestedIdentityToken } from "../src/index.ts";
import { rejection } from "./rejection.ts";
import { scriptedServer, type Answer } from "./scripted-server.ts";

function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "identity-token-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

test("the token in a mounted file is read anew each time, without the white space around it", async () => {
  const folder = tempFolder();
  const [path, target] = [join(folder, "token"), join(folder, "data")];
  writeFileSync(target, "token-1\n");
  symlinkSync(target, path); // As clusters mount it.
  const identity: WorkloadIdentity = {
    kind: "workload-identity",
    issuer: "https://id.example.com",
    clientId: "app",
    identityToken: mountedIdentityToken(path),
  };
  expect(await identity.identityToken()).toBe("token-1");
  writeFileSync(target, " \ttoken-2\r\n\n");
  expect(await identity.identityToken()).toBe("token-2");
});

test("a token of 64 KiB is read, and more is refused, also by a reader of the caller's", async () => {
  const path = join(tempFolder(), "token");
  const longest = "x".repeat(64 * 1024);
  writeFileSync(path, longest);
  expect(await mountedIdentityToken(path)()).toBe(longest);
  for (const text of [`${longest}x`, `${longest}\n`]) {
    writeFileSync(path, text);
    expect(await rejection(mountedIdentityToken(path)())).toMatchObject({ code: "config_invalid" });
    const readFile = (): Promise<string> => Promise.resolve(text);
    expect(await rejection(mountedIdentityToken(path, { readFile })())).toMatchObject({ code: "config_invalid" });
  }
});

test.for([
  ["nothing", "", "it is empty"],
  ["white space alone", " \n\n", "it is empty"],
  ["two lines", "token-canary\ntoken-canary\n", "it is not one token"],
  ["a scheme before it", "Bearer token-canary", "it is not one token"],
  ["what is no ASCII", "token-canary-é", "it is not one token"],
] as const)("a file with %s in it holds no token", async ([, text, why]) => {
  const path = join(tempFolder(), "token");
  writeFileSync(path, text);
  const error = await rejection(mountedIdentityToken(path)());
  expect(error).toMatchObject({ code: "config_invalid", hint: expect.stringContaining(path) });
  expect(error.message).toContain(`${path}: ${why}`);
});

test("a file that is not there, is a folder, a pipe or endless is told and not waited for", async () => {
  const folder = tempFolder();
  const pipe = join(folder, "pipe");
  if (process.platform !== "win32") execFileSync("mkfifo", [pipe]);
  for (const [path, why] of [
    [join(folder, "none"), "ENOENT"],
    [folder, "EISDIR"],
    ...(process.platform === "win32" ? [] : [[pipe, "it is empty"] as const, ["/dev/zero", "not one token"] as const]),
  ] as const) {
    const error = await rejection(mountedIdentityToken(path)());
    expect(error).toMatchObject({ code: "config_invalid" });
    expect(error.message).toContain(why);
  }
});

test("a reader of the caller's may throw what it likes, and the caller's signal ends the reading", async () => {
  const readFile = (): Promise<string> => Promise.reject(new Error("canary"));
  const error = await rejection(mountedIdentityToken("/run/token\u001b", { readFile })());
  expect(error.message).toBe("cannot use the identity token in /run/token\\x1b: it cannot be read (unknown)");

  const reason = new Error("enough");
  const controller = new AbortController();
  const stop = (): Promise<string> => {
    controller.abort(reason);
    return Promise.resolve("token-1");
  };
  await expect(mountedIdentityToken("x", { readFile: stop })(controller.signal)).rejects.toBe(reason);
  const never = (): Promise<string> => expect.fail("the file was read");
  await expect(mountedIdentityToken("x", { readFile: never })(controller.signal)).rejects.toBe(reason);
});

async function requestAgainst(answer: Answer): Promise<string> {
  const server = await scriptedServer();
  server.on("/token", answer);
  return await requestedIdentityToken({ url: `${server.issuer}/token`, requestToken: "request-canary" })();
}

test("a CI job asks its platform for a token each time, for the audience it is to be for", async () => {
  const server = await scriptedServer();
  server.on("/token", (_request, index) => ({ json: { count: 1, value: `token-${index}` } }));
  const request = { url: `${server.issuer}/token?api-version=2.0`, requestToken: "request-canary" };
  const getToken = requestedIdentityToken({ ...request, audience: "https://id.example.com/?a=b&c" });
  expect([await getToken(), await getToken()]).toEqual(["token-0", "token-1"]);
  await requestedIdentityToken(request)();
  expect(server.requests.map(({ method, headers, body }) => [method, headers.authorization, body])).toEqual(
    Array.from({ length: 3 }, () => ["GET", "Bearer request-canary", ""]),
  );
  expect(server.requests.map(({ query }) => Object.fromEntries(query))).toEqual([
    { "api-version": "2.0", audience: "https://id.example.com/?a=b&c" },
    { "api-version": "2.0", audience: "https://id.example.com/?a=b&c" },
    { "api-version": "2.0" },
  ]);
});

test.for([
  [{ json: {}, status: 401 }, "access_denied"],
  [{ json: {}, status: 403 }, "access_denied"],
  [{ json: {}, status: 404 }, "unsupported_by_server"],
  [{ json: {}, status: 500 }, "server_unavailable"],
  [{ json: { value: "canary" }, status: 201 }, "bad_response"],
  [{ json: {} }, "bad_response"],
  [{ json: { value: 1 } }, "bad_response"],
  [{ json: { value: "" } }, "bad_response"],
  [{ json: { value: "canary canary" } }, "bad_response"],
  [{ json: { value: "canary".repeat(20_000) } }, "bad_response"],
  [{ json: "canary" }, "bad_response"],
  [{ html: "canary" }, "bad_response"],
  [{ json: {}, status: 307, headers: { location: "http://127.0.0.1:1/" } }, "bad_response"],
] as const)("a platform that answers %j gives no token: %s", async ([answer, code]) => {
  expect(await rejection(requestAgainst(answer))).toMatchObject({ code });
});

test("a job that may have no token is told which permission it lacks", async () => {
  const error = await rejection(requestAgainst({ json: {}, status: 403 }));
  expect(error.hint).toContain("id-token: write");
  expect(error.message).toMatch(/^asking for the identity token at http:/);
});

test("the platform is asked only at https: or on the loopback, and the caller's signal ends the request", async () => {
  const fetch = (): Promise<Response> => expect.fail("a request was sent");
  const insecure = { url: "http://ci.example.com/token", requestToken: "request-canary", http: { fetch } };
  expect(await rejection(requestedIdentityToken(insecure)())).toMatchObject({ code: "insecure_endpoint" });

  const server = await scriptedServer();
  const reason = new Error("enough");
  const controller = new AbortController();
  server.on("/token", { raw: () => controller.abort(reason) });
  const getToken = requestedIdentityToken({ url: `${server.issuer}/token`, requestToken: "request-canary" });
  await expect(getToken(controller.signal)).rejects.toBe(reason);
});

test("a platform that does not answer is not waited for", async () => {
  const server = await scriptedServer();
  server.on("/token", { raw: () => undefined });
  const http = { timeoutMs: 50 };
  const getToken = requestedIdentityToken({ url: `${server.issuer}/token`, requestToken: "request-canary", http });
  expect(await rejection(getToken())).toMatchObject({ code: "timeout" });
});
