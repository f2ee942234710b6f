import type { ServerResponse } from "node:http";
import { expect, test } from "vitest";
import {
  ApiLoginRequiredError,
  authorizedFetch,
  createClient,
  readResourceMetadata,
  type ApiError,
  type StepUpRequiredError,
} from "../src/index.ts";
import { accessToken, fixed } from "@org/auth-core";
import { failure, recordingServer, rejection, scriptedServer, type ScriptedServer } from "./surroundings.ts";

const path = "/.well-known/oauth-protected-resource";

/** An API that refuses everything, and says of itself what `answer` says. */
async function refusing(
  answer: (response: ServerResponse, origin: string) => unknown,
  named?: string,
): Promise<{ readonly api: ScriptedServer; readonly refusal: Response }> {
  const api: ScriptedServer = await scriptedServer(({ target }, response) => {
    if (target === path) return answer(response, api.origin);
    const challenge = `Bearer resource_metadata="${named ?? api.origin + path}"`;
    return response.writeHead(401, { "www-authenticate": challenge }).end();
  });
  const fetch = authorizedFetch(fixed(accessToken({ value: "canary-token" })), { origins: [api.origin] });
  return { api, refusal: await fetch(`${api.origin}/v1/me`) };
}

const metadata = (origin: string): string =>
  JSON.stringify({
    resource: `${origin}/v1`,
    authorization_servers: ["https://id.example.com", 7],
    scopes_supported: 1,
  });

test("4.1-35 an API's metadata is read when it is asked for, and with no token", async () => {
  const { api, refusal } = await refusing((response, origin) => response.end(metadata(origin)));
  expect(api.requests.map(({ target }) => target)).toEqual(["/v1/me"]);
  expect(await readResourceMetadata(refusal)).toEqual({
    resource: `${api.origin}/v1`,
    authorizationServers: ["https://id.example.com"],
    scopesSupported: [],
  });
  expect(api.requests.map(({ target }) => target)).toEqual(["/v1/me", path]);
  expect(api.requests[1]?.headers).not.toHaveProperty("authorization");
});

test("4.1-35 the request for metadata carries nothing that a browser would add, and follows nothing", async () => {
  const { refusal } = await refusing((response, origin) => response.end(metadata(origin)));
  const inits: (RequestInit | undefined)[] = [];
  const recording: typeof fetch = async (input, init) => {
    inits.push(init);
    return await fetch(input, init);
  };
  await readResourceMetadata(refusal, { fetch: recording });
  expect(inits).toMatchObject([{ credentials: "omit", redirect: "manual" }]);
});

test("4.1-35 the metadata that a refusal of a client names can be read: of nobody, of a weak sign-in, of an end", async () => {
  for (const [status, challenge, body, name] of [
    [401, "Bearer", "", "LoginRequiredError"],
    [401, 'Bearer error="insufficient_user_authentication",', "", "StepUpRequiredError"],
    [401, "Bearer", '{"error":{"code":"auth_required"}}', "LoginRequiredError"],
    [403, 'Bearer error="insufficient_scope",', "", "ApiError"],
  ] as const) {
    const api: ScriptedServer = await scriptedServer(({ target }, response) => {
      if (target === path) return response.end(metadata(api.origin));
      const header = `${challenge} resource_metadata="${api.origin}${path}", error_description="canary"`;
      return response
        .writeHead(status, { "www-authenticate": header, "content-type": "application/json", "x-said": "canary" })
        .end(body);
    });
    const token = fixed(accessToken({ value: "canary-token" }));
    const auth = name === "LoginRequiredError" && body === "" ? "none" : "required";
    const error = await rejection(createClient({ baseUrl: api.origin, source: token, auth }).get("v1/me"));
    expect(error.name).toBe(name);
    // Copying and comparing it finds no answer, nor does printing, which `rejection` has tried.
    expect(Object.keys(error)).not.toContain("response");
    const { response } = error as ApiLoginRequiredError | ApiError | StepUpRequiredError;
    expect(response?.headers.get("x-said")).toBe("canary");
    expect(response && (await readResourceMetadata(response))).toMatchObject({ resource: `${api.origin}/v1` });
    if (name === "LoginRequiredError") expect(error).toBeInstanceOf(ApiLoginRequiredError);
  }
});

test("an answer that was made by hand has no API that its metadata could be of", async () => {
  const headers = { "www-authenticate": 'Bearer resource_metadata="https://api.example.com/canary"' };
  const error = await failure(readResourceMetadata(new Response(null, { status: 401, headers })));
  expect(error).toBeInstanceOf(TypeError);
  expect(error).toMatchObject({ message: expect.stringContaining("the refusal has no address") });
});

test("an answer that names none has none", async () => {
  expect(await readResourceMetadata(new Response(null, { status: 401 }))).toBeUndefined();
});

test("4.1-35 what an API names elsewhere, or in plain, is not asked", async () => {
  const sink = await recordingServer();
  for (const [named, code] of [
    ["http://169.254.169.254/latest/meta-data", "insecure_endpoint"],
    ["https://169.254.169.254/", "host_not_allowed"],
    [`${sink.origin}${path}`, "host_not_allowed"],
    ["file:///etc/passwd", "insecure_endpoint"],
    ["no address", "insecure_endpoint"],
  ] as const) {
    const { refusal } = await refusing((response) => response.end("{}"), named);
    expect(await rejection(readResourceMetadata(refusal))).toMatchObject({ code });
  }
  expect(sink.requests).toEqual([]);
});

const bad: readonly (readonly [what: string, code: string, answer: (response: ServerResponse) => unknown])[] = [
  ["metadata of another API", "host_not_allowed", (response) => response.end(metadata("https://api.example.com"))],
  ["no resource", "bad_response", (response) => response.end("{}")],
  ["a list", "bad_response", (response) => response.end("[]")],
  ["no JSON", "bad_response", (response) => response.end("canary")],
  ["another status", "bad_response", (response) => response.writeHead(404).end("{}")],
  ["a redirect", "bad_response", (response) => response.writeHead(302, { location: "/elsewhere" }).end()],
  ["more than 64 KiB", "bad_response", (response) => response.end(JSON.stringify("x".repeat(65_536)))],
  ["nothing", "network", (response) => response.destroy()],
];

test.for(bad)("4.1-35 an API that answers with %s has no metadata", async ([, code, answer]) => {
  const { api, refusal } = await refusing(answer);
  expect(await rejection(readResourceMetadata(refusal))).toMatchObject({ code });
  expect(api.requests).toHaveLength(2);
});

test("an API that does not answer is waited for no longer than is said", async () => {
  const { refusal } = await refusing(() => undefined);
  expect(await rejection(readResourceMetadata(refusal, { timeoutMs: 50 }))).toMatchObject({ code: "timeout" });
});
