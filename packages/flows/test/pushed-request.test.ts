import type { AuthorizationServer } from "@org/auth-core";
import { headlessPerson, startAuthServer } from "@org/auth-testing";
import { expect, onTestFinished, test } from "vitest";
import {
  authorizationCode,
  authorizationServer,
  type AuthorizationCodeOptions,
  type ClientIdentity,
} from "../src/index.ts";
import { browse, callbackUrl } from "./browser.ts";
import { rejection } from "./rejection.ts";
import { scriptedServer, type Answer, type ScriptedServer } from "./scripted-server.ts";

const publicClient: ClientIdentity = { clientId: "app" };
const confidentialClient: ClientIdentity = { clientId: "app", clientSecret: "secretcanary" };
const requestUri = "urn:ietf:params:oauth:request_uri:6esc_11ACC5bwc014ltc14eY22c";
const pushed: Answer = { status: 201, json: { request_uri: requestUri, expires_in: 60 } };

interface Outcome {
  /** What the browser was sent to. Absent: it was not opened. */
  readonly url?: URL;
  readonly error?: { readonly code: string; readonly message: string };
}

/** A whole sign-in at a server that answers a pushed request like this. */
async function signIn(
  server: ScriptedServer,
  answer: Answer,
  {
    client = publicClient,
    metadata = {},
    ...options
  }: Partial<AuthorizationCodeOptions> & {
    readonly client?: ClientIdentity;
    readonly metadata?: Partial<AuthorizationServer>;
  } = {},
): Promise<Outcome> {
  server.on("/par", answer);
  server.on("/token", { json: { access_token: "access-canary", token_type: "Bearer" } });
  let url: URL | undefined;
  const login = authorizationCode(
    { ...server.metadata, pushedAuthorizationRequestEndpoint: `${server.issuer}/par`, ...metadata },
    client,
    {
      scopes: ["read"],
      show: async (address) => {
        url = new URL(address);
        // The server itself knows where to send the browser back to, and with which state.
        const form = server.requests.find(({ path }) => path === "/par")?.form ?? new URLSearchParams();
        const query = url.searchParams.has("state") ? url.searchParams : form;
        await browse(callbackUrl(`${server.issuer}?${query.toString()}`, { code: "code-canary", iss: server.issuer }));
      },
      ...options,
    },
  );
  const error = await login.then(
    () => undefined,
    async () => await rejection(login),
  );
  return { ...(url && { url }), ...(error && { error }) };
}

test("a real provider that takes pushed requests only gets one, and the browser a reference to it", async () => {
  const provider = await startAuthServer({ pushedAuthorizationRequests: "required" });
  onTestFinished(() => provider.close());
  const server = await authorizationServer(provider.issuer);
  expect(server).toEqual(provider.metadata);
  const endpoint = server.pushedAuthorizationRequestEndpoint ?? "";

  let shown: URL | undefined;
  const login = await authorizationCode(
    server,
    { clientId: provider.nativeClientId },
    {
      scopes: ["openid", "offline_access", "api:read"],
      show: async (url) => {
        shown = new URL(url);
        await headlessPerson(provider.person).signIn(url);
      },
    },
  );
  expect(await provider.introspect(login.accessToken)).toMatchObject({ active: true, scopes: login.scopes });
  expect(login.account).toMatchObject({ subject: provider.person.subject });
  expect([...(shown?.searchParams.keys() ?? [])]).toEqual(["client_id", "request_uri"]);
  expect([provider.count(endpoint), provider.tokenRequests()]).toEqual([1, 1]);
  expect(provider.requests.find(({ path }) => path === new URL(endpoint).pathname)?.fieldNames).toEqual(
    expect.arrayContaining(["code_challenge", "redirect_uri", "state", "nonce", "scope"]),
  );
});

test("a request is pushed whole, once, with the client's authentication, and the browser's address says no more", async () => {
  const server = await scriptedServer();
  const { url } = await signIn(server, pushed, {
    client: confidentialClient,
    extraParameters: { prompt: "login" },
    metadata: { authorizationEndpoint: `${server.issuer}/authorize?tenant=one` },
  });
  expect(Object.fromEntries(url?.searchParams ?? [])).toEqual({
    tenant: "one",
    client_id: "app",
    request_uri: requestUri,
  });
  expect(server.requests.map(({ path }) => path)).toEqual(["/par", "/token"]);
  const [push] = server.requests;
  expect(push?.headers.authorization).toBe(`Basic ${Buffer.from("app:secretcanary").toString("base64")}`);
  expect(Object.fromEntries(push?.form ?? [])).toEqual({
    client_id: "app",
    response_type: "code",
    redirect_uri: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/callback$/),
    scope: "read",
    state: expect.stringMatching(/^[\w-]{43}$/),
    code_challenge: expect.stringMatching(/^[\w-]{43}$/),
    code_challenge_method: "S256",
    prompt: "login",
  });
});

const good = { request_uri: requestUri, expires_in: 60 };
const hostile: readonly (readonly [what: string, code: string, Answer])[] = [
  ["no request_uri", "bad_response", { status: 201, json: { expires_in: 60 } }],
  ["a request_uri that is a number", "bad_response", { status: 201, json: { ...good, request_uri: 7 } }],
  ["an empty request_uri", "bad_response", { status: 201, json: { ...good, request_uri: "" } }],
  ["a request_uri that is no URI", "bad_response", { status: 201, json: { ...good, request_uri: "canary" } }],
  ["a request_uri with a space", "bad_response", { status: 201, json: { ...good, request_uri: "urn:a canary" } }],
  [
    "a request_uri with a line break",
    "bad_response",
    { status: 201, json: { ...good, request_uri: "urn:canary\r\n" } },
  ],
  ["a request_uri of 2 KB", "bad_response", { status: 201, json: { ...good, request_uri: `urn:${"a".repeat(2048)}` } }],
  ["no expires_in", "bad_response", { status: 201, json: { request_uri: requestUri } }],
  ["an expires_in of 0", "bad_response", { status: 201, json: { ...good, expires_in: 0 } }],
  ["an expires_in below 0", "bad_response", { status: 201, json: { ...good, expires_in: -60 } }],
  ["an expires_in that is a word", "bad_response", { status: 201, json: { ...good, expires_in: "canary" } }],
  ["a list", "bad_response", { status: 201, json: [good] }],
  ["a page", "bad_response", { status: 201, html: "<p>canary</p>" }],
  ["another status", "bad_response", { status: 200, json: good }],
  ["a redirect", "bad_response", { status: 307, headers: { location: "/elsewhere" }, json: good }],
  ["more than 1 MiB", "bad_response", { status: 201, json: { ...good, more: "a".repeat(1024 * 1024) } }],
  ["an error with the status of success", "server_error", { status: 201, json: { ...good, error: "invalid_request" } }],
  ["a refusal", "invalid_scope", { status: 400, json: { error: "invalid_scope" } }],
  ["that it cannot now", "server_unavailable", { status: 503, json: {} }],
];

test.for(hostile)("4.1 a pushed request is answered by %s: no browser is opened", async ([, code, answer]) => {
  const server = await scriptedServer();
  const { url, error } = await signIn(server, answer);
  expect(error?.code).toBe(code);
  expect(url).toBeUndefined();
  expect(server.requests.map(({ path }) => path)).toEqual(["/par"]);
});

test("a lifetime beyond all reason, or in quotes, is no error", async () => {
  for (const lifetime of [1e308, 2 ** 53, "60"]) {
    const server = await scriptedServer();
    const { error } = await signIn(server, { status: 201, json: { ...good, expires_in: lifetime } });
    expect(error).toBeUndefined();
  }
});

test("where nobody comes back it is told for how long the address was good", async () => {
  const server = await scriptedServer();
  const answer: Answer = { status: 201, json: { ...good, expires_in: 0.01 } };
  const { error } = await signIn(server, answer, { timeoutMs: 50, show: () => undefined });
  expect(error).toMatchObject({ code: "login_timeout", message: expect.stringContaining("was good for 1 s") });
});

test("a public client goes the other way where only others may push, unless nothing else is taken", async () => {
  for (const name of ["invalid_client", "unauthorized_client"]) {
    const refusal: Answer = { status: 401, json: { error: name } };
    const server = await scriptedServer();
    const { url, error } = await signIn(server, refusal);
    expect(error).toBeUndefined();
    expect(url?.searchParams.get("code_challenge_method")).toBe("S256");
    expect(url?.searchParams.has("request_uri")).toBe(false);

    const required = await signIn(await scriptedServer(), refusal, {
      metadata: { pushedAuthorizationRequestRequired: true },
    });
    const confidential = await signIn(await scriptedServer(), refusal, { client: confidentialClient });
    for (const outcome of [required, confidential]) {
      expect(outcome.error).toBeDefined();
      expect(outcome.url).toBeUndefined();
    }
  }
});

test("a caller gives up while the request is pushed", async () => {
  const controller = new AbortController();
  const server = await scriptedServer();
  server.on("/par", { raw: () => controller.abort(new Error("enough")) });
  const metadata = { ...server.metadata, pushedAuthorizationRequestEndpoint: `${server.issuer}/par` };
  const login = authorizationCode(metadata, publicClient, {
    scopes: ["read"],
    show: () => expect.fail("the browser was opened"),
    http: { signal: controller.signal },
  });
  await expect(login).rejects.toThrow("enough");
});

test("4.1-2 an endpoint for pushed requests that is not https: is refused with the metadata that names it", async () => {
  const server = await scriptedServer();
  const named = (endpoint: unknown): void => {
    const json = {
      issuer: server.issuer,
      token_endpoint: `${server.issuer}/token`,
      pushed_authorization_request_endpoint: endpoint,
    };
    server.on("/.well-known/openid-configuration", { json });
  };
  named("http://id.example.com/par");
  expect(await rejection(authorizationServer(server.issuer))).toMatchObject({ code: "insecure_endpoint" });
  named(["canary"]);
  expect(await rejection(authorizationServer(server.issuer))).toMatchObject({ code: "bad_response" });
  named(undefined);
  expect(await authorizationServer(server.issuer)).not.toHaveProperty(
    "pushedAuthorizationRequestEndpoint",
    expect.anything(),
  );
});
